"""The dataset and its quality gate."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reviewloop.config.data.delivery import LimitsConfig
from reviewloop.config.data.label_shares import LabelShareConfig, contradictions
from reviewloop.config.sections import Section, Share, every


class DatasetConfig(Section):
    """Where deliveries come in, and the contract (``datasets/<contract>.yaml``) that they must keep."""

    contract: str
    inbox_prefix: str
    quiet_seconds: float = Field(ge=0)
    """An object must lie unchanged for this long before it is landed: a producer may still be writing it."""
    limits: LimitsConfig


class ReadableConfig(Section):
    """When a text counts as unreadable: see ``reviewloop.core.delivery.readability``."""

    min_letter_share: Share
    max_char_share: Share
    min_common_word_share: Share
    min_words: int = Field(ge=1)
    """A text with fewer words is not asked for common ones."""
    common_words: tuple[str, ...] = Field(min_length=20)
    """The commonest words of the language that the reviews are written in, in lower case."""


class VolumeConfig(Section):
    """How many rows a day may have, measured against the last curated days: ``core.delivery.history.volume_band``."""

    window_days: int = Field(ge=1)
    min_days: int = Field(ge=3)
    """With fewer earlier days there is not enough evidence, and no verdict."""
    band_width: float = Field(gt=0)
    """Half the band, in robust standard deviations."""
    min_spread_share: Share

    @model_validator(mode="after")
    def _reachable(self) -> "VolumeConfig":
        if self.min_days > self.window_days:
            raise ValueError(f"min_days is {self.min_days}, in a window of {self.window_days} days: it never judges")
        return self


class ReadingConfig(Section):
    """When a day is unusual to the champion, which reads it before it counts: ``core.monitoring.reading.compare``."""

    min_rows: int = Field(ge=1)
    """Of a label, on the day and held out; with fewer there is no verdict on it."""
    min_excess: Share
    """By which a share of contradicted labels must exceed the held-out one, whatever the evidence."""
    alpha: float = Field(gt=0, lt=1)
    """How probable a false mark may be, over all shares of one day."""


Sentiment = Literal["negative", "neutral", "positive"]
Severity = Literal["warn", "reject"]
Family = Literal[
    "schema", "type", "range", "unique", "missing", "category", "length", "readable", "repeated", "constant", "contradiction",
    "labels", "unusual_labels", "quarantine", "rows", "volume", "future", "late",
]  # fmt: skip
"""What an expectation of the gate ``quality`` is about."""


class QualityConfig(Section):
    """Thresholds of the Great Expectations suites (the gate ``quality``). Shares are of the accepted rows."""

    min_rows: int = Field(ge=1)
    max_quarantined_share: Share
    max_missing_shares: dict[str, Share]
    label_shares: Annotated[dict[Sentiment, LabelShareConfig], every(Sentiment)]
    """Every class needs its bands: one without them could go missing unseen."""
    positive_feedback: tuple[int, int]
    """Lowest and highest plausible number of customers who found a review helpful."""
    text_chars: tuple[int, int]
    """Usual lengths of a text, in characters."""
    max_odd_length_share: Share
    readable: ReadableConfig
    max_unreadable_share: Share
    max_repeated_share: Share
    """Of texts that say what an earlier one of the day says."""
    max_unknown_share: Share
    """Of values that the contract does not know: the allowance for drift in the assortment."""
    max_top_shares: dict[str, Share]
    """Of one single value in a column; above it the column is stuck."""
    max_contradiction_share: Share
    """Of rows whose recommendation contradicts their rating: recommended at 1 or 2 stars, not recommended at 4 or 5."""
    volume: VolumeConfig
    reading: ReadingConfig
    max_late_days: int = Field(ge=0)
    """A day may lie this many days before the newest curated one."""
    severities: Annotated[dict[Family, Severity], every(Family)]
    """``reject`` stops the day, ``warn`` shows and lets it through. Every family is named: none is judged by an unseen default."""

    @model_validator(mode="after")
    def _schema_rejects(self) -> "QualityConfig":
        lax = [family for family in ("schema", "type") if self.severities[family] != "reject"]
        if lax:
            raise ValueError(f"severities of {' and '.join(lax)} must be reject: nothing else can be judged on a wrong table")
        return self

    @model_validator(mode="after")
    def _lets_the_monitor_see(self) -> "QualityConfig":
        if faults := list(contradictions(self.label_shares, self.min_rows)):
            raise ValueError("; ".join(faults))
        if self.severities["unusual_labels"] == "reject":
            raise ValueError("severities of unusual_labels must be warn: an unusual day is the monitor's to judge, not the gate's")
        return self
