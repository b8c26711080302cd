"""Where this process runs: environment variables named ``REVIEWLOOP_*``, nothing else.

Endpoints and credentials of AWS and MLflow are their own standard variables (``AWS_ENDPOINT_URL``, ``AWS_*``,
``MLFLOW_TRACKING_URI``), so that a laptop and AWS differ in the environment and never in the code.
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviewloop.errors import ConfigError

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Names of the places this deployment uses."""

    model_config = SettingsConfigDict(env_prefix="REVIEWLOOP_", frozen=True, extra="ignore")

    profile: str = "local"
    """Which overlay of ``include/config/profiles/`` is laid over ``base.yaml``."""
    bucket: str = "reviewloop"
    """The S3 bucket of the lake."""
    database: str = "reviewloop"
    """The Glue database."""
    workgroup: str = "reviewloop"
    """The Athena workgroup."""
    glue_role: str = ""
    """The IAM role of AWS's own Glue crawler; needed only where ``lake_crawl`` is asked to use it."""
    sagemaker_role: str = ""
    """The IAM role that SageMaker training jobs run as; needed only where ``training.backend.kind`` is ``sagemaker``."""
    training_image: str = ""
    """The project's image in ECR, for SageMaker training jobs."""
    batch_queue: str = ""
    """The job queue of AWS Batch; needed only where ``training.backend.kind`` is ``batch``."""
    batch_definition: str = ""
    """The job definition of AWS Batch that has the project's image."""
    aws_account: str = ""
    """The account in which jobs may cost money, twelve digits; needed only where ``training.backend.kind`` is not ``local``."""
    aws_region: str = ""
    """The region of those jobs."""
    owner: str = "reviewloop"
    """Who answers for what is made on AWS: its tag ``reviewloop:owner``."""
    endpoint: str = ""
    """The SageMaker endpoint that callers ask, where there is one: the reaper never touches it."""
    kubernetes_namespace: str = ""
    """Where fine-tunes run in a cluster; needed only where ``training.backend.kind`` is ``kubernetes``."""
    kubernetes_template: str = ""
    """The PodTemplate there that has the project's image."""
    training_queue: str = "default"
    """The Airflow queue of the workers that fine-tune, such as those with a GPU."""
    registered_model: str = "review-sentiment"
    """The model's name in the MLflow registry."""
    experiment: str = "review-sentiment"
    """The MLflow experiment that holds the training runs."""
    mlflow_url: str = ""
    """Where people open MLflow, for the links on pages; empty: where this process finds it (``MLFLOW_TRACKING_URI``)."""
    mlflow_artifacts: str = ""
    """Where MLflow keeps its files (``s3://bucket/prefix``), so that their size can be told; empty: it is not looked up."""
    serve_keys: str = ""
    """Who may ask the endpoint: ``name:SHA-256 of the key`` pairs, parted by commas; empty: whoever reaches its address."""
    feature_store_url: str = ""
    """Where features are served online: ``dynamodb``, or a database (``postgresql+psycopg2://...``); empty: in ``work_dir``."""
    search_url: str = ""
    """Where several workers share the studies of a search: ``postgresql+psycopg2://...``; empty: a file in ``work_dir``."""
    signing_key: str = ""
    """The file with the private key (EC, PEM) that signs models; for those who train, and for nobody else."""
    trusted_keys: str = ""
    """The folder with the public keys (``*.pem``) of those who may make models: no other is loaded."""
    config_dir: Path = PROJECT_ROOT / "include" / "config"
    work_dir: Path = PROJECT_ROOT / ".local" / "work"
    """Scratch space of running jobs; safe to lose, a job then starts again."""
    model_cache_gb: float = Field(default=20.0, gt=0)
    """Models that were fetched are kept in ``work_dir/models`` up to this many 10^9 bytes; the longest unused go first."""
    job_cache_days: float = Field(default=30.0, gt=0)
    """The folder of a fine-tune that failed waits this long in ``work_dir/jobs`` for the try that goes on from it."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Raises ``ConfigError`` with a line for each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        prefix = str(Settings.model_config["env_prefix"])
        faults = [(f"{prefix}{'.'.join(map(str, e['loc'])).upper()}", e) for e in error.errors(include_url=False)]
        raise ConfigError("; ".join(f"{name}: {e['msg']} (found {e['input']!r})" for name, e in faults)) from None
