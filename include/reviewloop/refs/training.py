"""Training jobs and the models that they leave."""

from reviewloop.refs.base import Ref
from reviewloop.refs.features import FeaturesRef


class ChangeRef(Ref):
    """What is deployed now that decides a training, or a snapshot, and is other than in the newest one: a sentence each."""

    changes: tuple[str, ...]


class TrainingRef(Ref):
    """One training job, begun: what it will train on and with. ``job_key`` is the digest of everything that decides its result."""

    job_key: str
    features: FeaturesRef
    seed: int
    epochs: int
    learning_rate: float
    mlflow_run_id: str
    """The parent MLflow run; each model logs to a child of it."""
    base_model_pin: str
    """Which pretrained weights: see ``models.encoder.pretrained.pin``."""
    dag_run_id: str
    trigger: str
    """Why this run started: ``new data``, ``schedule``, ``drift`` or ``changed ...`` (with the evidence in words), ``by hand``."""
    finetune_key: str = ""
    """The digest of what decides the fine-tuned weights alone. Jobs that share it share one fine-tune; empty: with none."""


class ModelRef(Ref):
    """A trained model's files under ``uri`` (``model.json`` names the kind); ``job_key`` identifies its inputs."""

    kind: str
    uri: str
    digest: str
    job_key: str
    mlflow_run_id: str
    page_uri: str | None = None
    """The report of the training, for a person; the baseline has none."""
    warnings: tuple[str, ...] = ()
    """What the watch over the training warned of, a sentence each."""
    made_by: str = ""
    """The DAG run that trained it, which may be an earlier one than the run that uses it; empty where nobody noted it."""
