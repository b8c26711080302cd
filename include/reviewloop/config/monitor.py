"""Drift and live quality."""

from typing import Final, Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, Share

OWN_COLUMNS: Final = ("text_length", "unknown_word_share", "prediction")
"""What can be watched of every dataset, beside the facets of its contract."""


class DriftMethodConfig(Section):
    """Evidently's method for one column, and the value from which it counts as drifted.

    Distances only, which grow with drift: a p-value would fire under its threshold, and ever more easily the more rows there are.
    """

    kind: Literal["numerical", "categorical"]
    method: Literal["wasserstein", "jensenshannon", "hellinger", "psi"]
    threshold: float = Field(gt=0)

    @model_validator(mode="after")
    def _fits(self) -> "DriftMethodConfig":
        if self.method == "wasserstein" and self.kind != "numerical":
            raise ValueError("method wasserstein measures numerical columns only; allowed here: jensenshannon, hellinger, psi")
        return self


class MonitorConfig(Section):
    """Drift and live quality of one scored day against the champion's held-out reference. Methods are pinned."""

    min_rows: int = Field(ge=1)
    columns: dict[str, DriftMethodConfig]
    """Of ``OWN_COLUMNS`` and the facets of the contract; where no facet is named, all are watched."""
    each_facet: DriftMethodConfig
    """How a facet is watched that is not named."""
    min_drifted_columns: int = Field(ge=1)
    """DRIFT fires when at least this many columns have drifted ..."""
    min_live_macro_f1: Share
    """... or when the champion's macro-F1 on the day's own ratings is under this."""

    @model_validator(mode="after")
    def _can_fire(self) -> "MonitorConfig":
        if self.min_drifted_columns > len(self.columns):
            raise ValueError(f"min_drifted_columns is {self.min_drifted_columns}, of {len(self.columns)} columns: it never fires")
        return self
