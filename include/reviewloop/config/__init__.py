"""What the loop decides by: ``include/config/base.yaml`` with one profile laid over it, frozen and strict.

Two layers only. A key that is not a field is an error that names it; every threshold has its unit in its name or docstring.
"""

from reviewloop.config.bias import BandsConfig, BiasConfig, FacetConfig, LimitConfig
from reviewloop.config.features import FeaturesConfig, ProfilingConfig, SplitConfig
from reviewloop.config.loader import Config, load_config, overlay, parse_config
from reviewloop.config.monitor import DriftMethodConfig, MonitorConfig
from reviewloop.config.quality import DatasetConfig, Family, QualityConfig, ReadableConfig, Severity, VolumeConfig
from reviewloop.config.release import GateConfig, ReleaseConfig
from reviewloop.config.sections import Band, Section, Share
from reviewloop.config.training import (
    BackendConfig,
    BaselineConfig,
    BatchConfig,
    FinetuneConfig,
    RuleConfig,
    RuleName,
    SageMakerConfig,
    TrainingConfig,
    TransformerConfig,
    WatchConfig,
)

__all__ = [
    "BackendConfig",
    "Band",
    "BandsConfig",
    "BaselineConfig",
    "BatchConfig",
    "BiasConfig",
    "Config",
    "DatasetConfig",
    "DriftMethodConfig",
    "FacetConfig",
    "Family",
    "FeaturesConfig",
    "FinetuneConfig",
    "GateConfig",
    "LimitConfig",
    "MonitorConfig",
    "ProfilingConfig",
    "QualityConfig",
    "ReadableConfig",
    "ReleaseConfig",
    "RuleConfig",
    "RuleName",
    "SageMakerConfig",
    "Section",
    "Severity",
    "Share",
    "SplitConfig",
    "TrainingConfig",
    "TransformerConfig",
    "VolumeConfig",
    "WatchConfig",
    "load_config",
    "overlay",
    "parse_config",
]
