"""Both candidates."""

from typing import Literal

from pydantic import Field

from reviewloop.config.sections import Section
from reviewloop.config.training.backend import BackendConfig
from reviewloop.config.training.baseline import BaselineConfig
from reviewloop.config.training.finetune import TransformerConfig


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
    served_limits: ServedLimitsConfig
    num_resamples: int = Field(ge=100)
