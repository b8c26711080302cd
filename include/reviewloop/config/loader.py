"""The whole configuration, read from its files."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from reviewloop.config.bias import BiasConfig
from reviewloop.config.features import FeaturesConfig, ProfilingConfig
from reviewloop.config.monitor import MonitorConfig
from reviewloop.config.quality import DatasetConfig, QualityConfig
from reviewloop.config.release import GateConfig, ReleaseConfig
from reviewloop.config.sections import Section
from reviewloop.config.training import TrainingConfig
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


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
