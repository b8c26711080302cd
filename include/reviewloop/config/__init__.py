"""What the loop decides by: ``include/config/base.yaml`` with one profile laid over it, frozen and strict.

Two layers only. A key that is not a field is an error that names it; every threshold has its unit in its name or docstring.
"""

from reviewloop.config.behaviour import BehaviourConfig
from reviewloop.config.bias import BandsConfig, BiasConfig, FacetConfig, LimitConfig
from reviewloop.config.bias_after import BiasAfterConfig
from reviewloop.config.evaluation import EvaluationConfig, MarginsConfig
from reviewloop.config.explain import ExplainConfig, SliceSearchConfig
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
    "BehaviourConfig",
    "BiasAfterConfig",
    "BiasConfig",
    "Config",
    "DatasetConfig",
    "DriftMethodConfig",
    "EvaluationConfig",
    "ExplainConfig",
    "FacetConfig",
    "Family",
    "FeaturesConfig",
    "FinetuneConfig",
    "GateConfig",
    "LimitConfig",
    "MarginsConfig",
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
    "SliceSearchConfig",
    "SplitConfig",
    "TrainingConfig",
    "TransformerConfig",
    "VolumeConfig",
    "WatchConfig",
    "load_config",
    "overlay",
    "parse_config",
]
