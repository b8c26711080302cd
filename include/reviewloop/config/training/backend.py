"""Where the fine-tune runs: on this machine, or as a job of AWS or of a Kubernetes cluster."""

from typing import Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section


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
