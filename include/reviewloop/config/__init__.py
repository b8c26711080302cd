"""What the loop decides by: ``include/config/base.yaml``, under the dataset's differences and the profile's, frozen and strict.

A dataset changes what is true of it wherever it is run, a profile what is true of a place whatever is run there. A key that is
not a field is an error that names it; every threshold has its unit in its name or docstring.
"""

from reviewloop.config.alerts import AlertsConfig, AlertSeverity, EscalateConfig
from reviewloop.config.annotation import AnnotationConfig, GuidelineConfig, RehearsalConfig
from reviewloop.config.augmentation import AugmentationConfig
from reviewloop.config.behaviour import BehaviourConfig
from reviewloop.config.bias import BandsConfig, BiasConfig, FacetConfig, LimitConfig
from reviewloop.config.bias_after import BiasAfterConfig
from reviewloop.config.contract import FIXED, HIVE_TYPES, MODEL_INPUTS, Column, Contract, parse_contract
from reviewloop.config.costs import CostsConfig, PricesConfig
from reviewloop.config.datasets import Dataset, read_dataset
from reviewloop.config.delivery import LimitsConfig
from reviewloop.config.evaluation import OWN_SLICES, EvaluationConfig, MarginsConfig
from reviewloop.config.explain import ExplainConfig, SliceSearchConfig
from reviewloop.config.feature_store import AblationConfig, FeatureConfig, FeatureStoreConfig, GroupConfig
from reviewloop.config.features import ExplorationConfig, FeaturesConfig, ProfilingConfig, SplitConfig
from reviewloop.config.inoculation import InoculationConfig
from reviewloop.config.kinds import KindsConfig
from reviewloop.config.label_shares import LabelShareConfig
from reviewloop.config.labels import LabelErrorsConfig, LabelsConfig, SelfTrainingConfig, WeakConfig
from reviewloop.config.live_quality import LiveQualityConfig
from reviewloop.config.loader import Config, load_config, overlay, parse_config, read_config
from reviewloop.config.monitor import MonitorConfig
from reviewloop.config.products import ProductsConfig
from reviewloop.config.quality import (
    DatasetConfig,
    Family,
    QualityConfig,
    ReadableConfig,
    ReadingConfig,
    Sentiment,
    Severity,
    VolumeConfig,
)
from reviewloop.config.release import AutomationLevel, GateConfig, ReleaseConfig
from reviewloop.config.response import BudgetConfig, ConfirmConfig, ResponseConfig
from reviewloop.config.retention import RetentionConfig
from reviewloop.config.rollout import ALL_AT_ONCE, GuardName, PlanConfig, RolloutConfig, RolloutGuardConfig, StageConfig
from reviewloop.config.sampling import SamplingConfig
from reviewloop.config.sections import Band, Section, Share
from reviewloop.config.skew import SkewConfig
from reviewloop.config.training import (
    BackendConfig,
    BaselineConfig,
    BatchConfig,
    FinetuneConfig,
    KubernetesConfig,
    RuleConfig,
    RuleName,
    SageMakerConfig,
    ServedLimitsConfig,
    TrainingConfig,
    TransformerConfig,
    WatchConfig,
)
from reviewloop.config.warehouse import WarehouseConfig

__all__ = [
    "ALL_AT_ONCE",
    "FIXED",
    "HIVE_TYPES",
    "MODEL_INPUTS",
    "OWN_SLICES",
    "AblationConfig",
    "AlertSeverity",
    "AlertsConfig",
    "AnnotationConfig",
    "AugmentationConfig",
    "AutomationLevel",
    "BackendConfig",
    "Band",
    "BandsConfig",
    "BaselineConfig",
    "BatchConfig",
    "BehaviourConfig",
    "BiasAfterConfig",
    "BiasConfig",
    "BudgetConfig",
    "Column",
    "Config",
    "ConfirmConfig",
    "Contract",
    "CostsConfig",
    "Dataset",
    "DatasetConfig",
    "EscalateConfig",
    "EvaluationConfig",
    "ExplainConfig",
    "ExplorationConfig",
    "FacetConfig",
    "Family",
    "FeatureConfig",
    "FeatureStoreConfig",
    "FeaturesConfig",
    "FinetuneConfig",
    "GateConfig",
    "GroupConfig",
    "GuardName",
    "GuidelineConfig",
    "InoculationConfig",
    "KindsConfig",
    "KubernetesConfig",
    "LabelErrorsConfig",
    "LabelShareConfig",
    "LabelsConfig",
    "LimitConfig",
    "LimitsConfig",
    "LiveQualityConfig",
    "MarginsConfig",
    "MonitorConfig",
    "PlanConfig",
    "PricesConfig",
    "ProductsConfig",
    "ProfilingConfig",
    "QualityConfig",
    "ReadableConfig",
    "ReadingConfig",
    "RehearsalConfig",
    "ReleaseConfig",
    "ResponseConfig",
    "RetentionConfig",
    "RolloutConfig",
    "RolloutGuardConfig",
    "RuleConfig",
    "RuleName",
    "SageMakerConfig",
    "SamplingConfig",
    "Section",
    "SelfTrainingConfig",
    "Sentiment",
    "ServedLimitsConfig",
    "Severity",
    "Share",
    "SkewConfig",
    "SliceSearchConfig",
    "SplitConfig",
    "StageConfig",
    "TrainingConfig",
    "TransformerConfig",
    "VolumeConfig",
    "WarehouseConfig",
    "WatchConfig",
    "WeakConfig",
    "load_config",
    "overlay",
    "parse_config",
    "parse_contract",
    "read_config",
    "read_dataset",
]
