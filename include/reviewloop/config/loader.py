"""The whole configuration, read from its files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError, model_validator

from reviewloop.config.data.bias import BiasConfig
from reviewloop.config.data.contract import Contract
from reviewloop.config.data.datasets import read_dataset
from reviewloop.config.data.quality import DatasetConfig, QualityConfig
from reviewloop.config.evaluation.behaviour import BehaviourConfig
from reviewloop.config.evaluation.bias_after import BiasAfterConfig
from reviewloop.config.evaluation.evaluation import EvaluationConfig
from reviewloop.config.evaluation.explain import ExplainConfig
from reviewloop.config.features.feature_store import FeatureStoreConfig
from reviewloop.config.features.features import FeaturesConfig, ProfilingConfig
from reviewloop.config.follow import disagreements, with_defaults
from reviewloop.config.labels.annotation import AnnotationConfig
from reviewloop.config.labels.labels import LabelsConfig
from reviewloop.config.monitoring.kinds import KindsConfig
from reviewloop.config.monitoring.live_quality import LiveQualityConfig
from reviewloop.config.monitoring.monitor import MonitorConfig
from reviewloop.config.monitoring.products import ProductsConfig, disagreements_of_levels
from reviewloop.config.monitoring.response import ResponseConfig
from reviewloop.config.monitoring.skew import SkewConfig
from reviewloop.config.operations.alerts import AlertsConfig
from reviewloop.config.operations.costs import CostsConfig
from reviewloop.config.operations.retention import RetentionConfig
from reviewloop.config.operations.warehouse import WarehouseConfig
from reviewloop.config.release.card import CardConfig
from reviewloop.config.release.release import Gates, ReleaseConfig
from reviewloop.config.release.rollout import RolloutConfig
from reviewloop.config.sections import Section
from reviewloop.config.serving.captures import CapturesConfig
from reviewloop.config.serving.serving import ScoringConfig, ServingConfig
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.config.training.encoders import place_of
from reviewloop.config.training.leaderboard import LeaderboardConfig
from reviewloop.config.training.training import TrainingConfig
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

_MAX_SHOWN: Final = 200
"""Characters of a wrong value in an error."""


class Config(Section):
    """Everything, validated together."""

    dataset: DatasetConfig
    contract: Contract
    """Of the dataset that ``dataset.contract`` names; from its own file."""
    quality: QualityConfig
    bias: BiasConfig
    features: FeaturesConfig
    feature_store: FeatureStoreConfig
    labels: LabelsConfig
    profiling: ProfilingConfig
    annotation: AnnotationConfig
    training: TrainingConfig
    leaderboard: LeaderboardConfig
    evaluation: EvaluationConfig
    bias_after: BiasAfterConfig
    behaviour: BehaviourConfig
    explain: ExplainConfig
    gates: Gates
    release: ReleaseConfig
    rollout: RolloutConfig
    scoring: ScoringConfig
    serving: ServingConfig
    captures: CapturesConfig
    retention: RetentionConfig
    monitor: MonitorConfig
    skew: SkewConfig
    response: ResponseConfig
    alerts: AlertsConfig
    live_quality: LiveQualityConfig
    kinds: KindsConfig
    products: ProductsConfig
    costs: CostsConfig
    warehouse: WarehouseConfig | None
    card: CardConfig

    @model_validator(mode="after")
    def _agrees(self) -> "Config":
        if self.contract.name != self.dataset.contract:
            raise ValueError(f"contract: is {self.contract.name}, and dataset.contract says {self.dataset.contract}")
        sections = self.contract, self.quality, self.bias, self.evaluation, self.gates
        if faults := [*disagreements(*sections), *disagreements_of_levels(self.contract, self.products)]:
            raise ValueError("; ".join(faults) + f" (the contract is datasets/{self.contract.name}.yaml)")
        return self

    def digest(self, *sections: str) -> str:
        """SHA-256 of the named sections (all, when none is named), stable across processes."""
        data = self.model_dump(mode="json", include=set(sections) or None)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def overlay(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``top`` laid over it: mappings merge key by key, lists of named mappings name by name; the rest is replaced."""
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = overlay(old, value)
        elif _is_named(old) and _is_named(value):
            merged[key] = _by_name(old or [], value)
        else:
            merged[key] = value
    return merged


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and "name" in one for one in value)


def _by_name(base: Sequence[Mapping[str, Any]], top: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """``base`` in its order, then what ``top`` adds; a name that stands twice in one of them still does."""
    changes, merged = list(top), []
    for one in base:
        change = next((other for other in changes if other["name"] == one["name"]), None)
        if change is not None:
            changes.remove(change)
        merged.append(overlay(one, change or {}))
    return [*merged, *changes]


def _read(path: Path) -> dict[str, Any]:
    try:
        data = read_yaml(path, path.name)
    except FileNotFoundError:
        known = sorted(p.stem for p in path.parent.glob("*.yaml"))
        raise ConfigError(f"REVIEWLOOP_PROFILE: no file {path.name}; known: {', '.join(known)}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name}: expected a mapping of sections, found {type(data).__name__}")
    return data


def parse_config(data: Mapping[str, Any]) -> Config:
    """Validate; raises ``ConfigError`` with one line per wrong key: its path, its value and what is allowed."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']} (found {_shown(e['input'])})"
            if e["loc"]
            else e["msg"].removeprefix("Value error, ")  # of sections that do not agree: none of them alone is wrong
            for e in error.errors(include_url=False)
        ]
        raise ConfigError("config: " + "; ".join(lines)) from None


def _shown(value: Any) -> str:
    """The value in one line, cut where it is a whole section."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def read_config(profile: str, folder: Path) -> dict[str, Any]:
    """``base.yaml``, over it the ``config`` of the dataset's file, over that the profile; and what follows from the contract."""
    base, top = _read(folder / "base.yaml"), _read(folder / "profiles" / f"{profile}.yaml")
    chosen = overlay(base, top).get("dataset")
    if not isinstance(chosen, Mapping) or not isinstance(chosen.get("contract"), str):
        raise ConfigError(f"dataset.contract: the name of a file in datasets/ is expected (found {_shown(chosen)})")
    dataset = read_dataset(folder, chosen["contract"])
    for name, section in dataset.config.items():
        if name in base and not isinstance(section, type(base[name])):
            raise ConfigError(
                f"datasets/{dataset.contract.name}.yaml: config.{name}: {_shown(section)} is no section; see base.yaml"
            )
    data = _with_place(overlay(overlay(base, dataset.config), top), folder)
    return with_defaults(data, dataset.contract) | {"contract": dataset.contract.model_dump()}


def _with_place(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """``training.transformer.model`` as the place of its weights: whoever records it records which these are."""
    training = data.get("training")
    transformer = training.get("transformer") if isinstance(training, Mapping) else None
    model = transformer.get("model") if isinstance(transformer, Mapping) else None
    return overlay(data, {"training": {"transformer": {"model": place_of(model, folder)}}}) if isinstance(model, str) else data


@lru_cache(maxsize=4)
def load_config(profile: str | None = None) -> Config:
    """The configuration under a profile (``REVIEWLOOP_PROFILE`` unless named here)."""
    return parse_config(read_config(profile or settings().profile, settings().config_dir))
