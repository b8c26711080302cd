"""What the loop decides by: ``include/config/base.yaml``, under the dataset's differences and the profile's, frozen and strict.

A dataset changes what is true of it wherever it is run, a profile what is true of a place whatever is run there. A key that is
not a field is an error that names it; every threshold has its unit in its name or docstring.
"""

from reviewloop.config.data.bias import BandsConfig, BiasConfig, FacetConfig, LimitConfig
from reviewloop.config.data.contract import FIXED, HIVE_TYPES, MODEL_INPUTS, Column, Contract, parse_contract
from reviewloop.config.data.datasets import Dataset, read_dataset
from reviewloop.config.data.delivery import LimitsConfig
from reviewloop.config.data.label_shares import LabelShareConfig
from reviewloop.config.data.quality import (
    DatasetConfig,
    Family,
    QualityConfig,
    ReadableConfig,
    ReadingConfig,
    Sentiment,
    Severity,
    VolumeConfig,
)
from reviewloop.config.evaluation.behaviour import BehaviourConfig
from reviewloop.config.evaluation.bias_after import BiasAfterConfig
from reviewloop.config.evaluation.evaluation import OWN_SLICES, EvaluationConfig, MarginsConfig
from reviewloop.config.evaluation.explain import ExplainConfig, SliceSearchConfig
from reviewloop.config.features.augmentation import AugmentationConfig
from reviewloop.config.features.feature_store import AblationConfig, FeatureConfig, FeatureStoreConfig, GroupConfig
from reviewloop.config.features.features import ExplorationConfig, FeaturesConfig, ProfilingConfig, SplitConfig
from reviewloop.config.features.inoculation import InoculationConfig
from reviewloop.config.features.sampling import SamplingConfig
from reviewloop.config.labels.annotation import AnnotationConfig, GuidelineConfig, RehearsalConfig
from reviewloop.config.labels.labels import LabelErrorsConfig, LabelsConfig, SelfTrainingConfig, WeakConfig
from reviewloop.config.loader import Config, load_config, overlay, parse_config, read_config
from reviewloop.config.monitoring.kinds import KindsConfig
from reviewloop.config.monitoring.live_quality import LiveQualityConfig
from reviewloop.config.monitoring.monitor import MonitorConfig
from reviewloop.config.monitoring.products import ProductsConfig
from reviewloop.config.monitoring.response import BudgetConfig, ConfirmConfig, ResponseConfig
from reviewloop.config.monitoring.skew import SkewConfig
from reviewloop.config.operations.alerts import AlertsConfig, AlertSeverity, EscalateConfig
from reviewloop.config.operations.costs import CostsConfig, PricesConfig
from reviewloop.config.operations.retention import RetentionConfig
from reviewloop.config.operations.warehouse import WarehouseConfig
from reviewloop.config.release.release import AutomationLevel, GateConfig, ReleaseConfig
from reviewloop.config.release.rollout import ALL_AT_ONCE, GuardName, PlanConfig, RolloutConfig, RolloutGuardConfig, StageConfig
from reviewloop.config.sections import Band, Section, Share
from reviewloop.config.serving.serving import ServingConfig
from reviewloop.config.training.backend import BackendConfig, BatchConfig, KubernetesConfig, SageMakerConfig
from reviewloop.config.training.baseline import BaselineConfig
from reviewloop.config.training.finetune import FinetuneConfig, TransformerConfig
from reviewloop.config.training.training import ServedLimitsConfig, TrainingConfig
from reviewloop.config.training.watch import RuleConfig, RuleName, WatchConfig

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
    "ServingConfig",
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
