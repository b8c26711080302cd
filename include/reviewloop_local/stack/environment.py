"""The environment of the stack's processes: where each part finds the others, and nothing of the user's own accounts."""

import json
import os
from collections.abc import Mapping
from typing import Final

from reviewloop_local.stack.home import MARKER, PROJECT_ROOT, Home
from reviewloop_local.stack.ports import Ports, variable

MLFLOW_BUCKET = "mlflow"
_OWNED = ("AIRFLOW", "AWS_", "MLFLOW_", "FLASK_")
"""A user's own Airflow, AWS account or MLflow must not leak into the stack, nor the stack into them."""


THREADS: Final = {"GOMP_SPINCOUNT": "10000"}
"""How torch's threads wait for each other, which they do thousands of times in a training step.

They try so many times, for a fraction of a millisecond, and then sleep. Asleep at once (``OMP_WAIT_POLICY=PASSIVE``) they are
woken so often that a training of MiniLM, alone on two cores or beside an idle Airflow, is 12 to 13 % slower. Trying longer
burns the cores as soon as somebody else needs one: beside a process that takes a whole core the same training had 56 samples/s
asleep at once, 44 like this, and 18 at ten times as many; the default is thirty times as many.
"""


def stack_env(home: Home, ports: Ports, base: Mapping[str, str], profile: str | None = None) -> dict[str, str]:
    """The whole environment of a part. Deterministic: the same home, ports, ``base`` and profile give the same."""
    env = {key: value for key, value in base.items() if not key.startswith(_OWNED) and key != "PYTHONDONTWRITEBYTECODE"}
    env |= {MARKER: str(home.root), "REVIEWLOOP_HOME": str(home.root), "REVIEWLOOP_WORK_DIR": str(home.work)}
    env |= {"REVIEWLOOP_SIGNING_KEY": str(home.signing_key()), "REVIEWLOOP_TRUSTED_KEYS": str(home.trusted_keys)}
    env.setdefault("REVIEWLOOP_PROFILE", profile or home.profile)
    env["REVIEWLOOP_MLFLOW_ARTIFACTS"] = f"s3://{MLFLOW_BUCKET}"
    env |= {variable(name): str(getattr(ports, name)) for name in ("airflow", "aws", "mlflow", "serve")}
    env |= {
        "PYTHONPATH": os.pathsep.join(str(PROJECT_ROOT / name) for name in ("include", "plugins")),
        "PYTHONUNBUFFERED": "1",
        **THREADS,
        "SPT_NOENV": "1",  # or setproctitle overwrites the environment that /proc shows, and with it our marker
        "NO_PROXY": ",".join(filter(None, [env.get("NO_PROXY") or env.get("no_proxy"), "127.0.0.1,localhost"])),
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }
    env["no_proxy"] = env["NO_PROXY"]
    return env | _aws(ports) | _mlflow(ports) | _airflow(home, ports) | _lineage(home, base)


def _aws(ports: Ports) -> dict[str, str]:
    connection = {"conn_type": "aws", "login": "test", "password": "test"}
    extra = {"region_name": "us-east-1", "endpoint_url": ports.aws_url}
    return {
        "AWS_ENDPOINT_URL": ports.aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection | {"extra": extra}),
    }


def _mlflow(ports: Ports) -> dict[str, str]:
    return {
        "MLFLOW_TRACKING_URI": ports.mlflow_url,
        "MLFLOW_S3_ENDPOINT_URL": ports.aws_url,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _lineage(home: Home, base: Mapping[str, str]) -> dict[str, str]:
    """A file an event, so that tasks side by side do not write into each other's; or where ``OPENLINEAGE_URL`` says, by HTTP."""
    values = {
        "NAMESPACE": "reviewloop",
        "DISABLE_SOURCE_CODE": "True",
        "EXECUTION_TIMEOUT": "60",  # seconds that an event may take; on a busy machine the default of 10 loses some
    }
    if not base.get("OPENLINEAGE_URL"):
        values["TRANSPORT"] = json.dumps({"type": "file", "log_file_path": str(home.lineage / "event")})
    return {f"AIRFLOW__OPENLINEAGE__{key}": value for key, value in values.items()}


def _airflow(home: Home, ports: Ports) -> dict[str, str]:
    keys = home.secrets()
    values = {
        "CORE__DAGS_FOLDER": PROJECT_ROOT / "dags",
        "CORE__PLUGINS_FOLDER": PROJECT_ROOT / "plugins",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__EXECUTOR": "reviewloop_airflow.executor.PreloadedLocalExecutor",
        "CORE__PARALLELISM": (os.cpu_count() or 2) + 2,
        "CORE__DAGBAG_IMPORT_TIMEOUT": 120,  # seconds; a machine busy with training parses slowly
        "CORE__ALLOWED_DESERIALIZATION_CLASSES": "airflow.* reviewloop.refs.*",
        "CORE__FERNET_KEY": keys["fernet_key"],
        "CORE__EXECUTION_API_SERVER_URL": f"{ports.airflow_url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home.airflow / "passwords.json",
        # SQLite lets one process write at a time; the others wait up to 20 s (its default of 5 s is not enough on a busy machine).
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.airflow}/airflow.db?timeout=20",
        "API__HOST": "127.0.0.1",
        "API__PORT": ports.airflow,
        "API__BASE_URL": ports.airflow_url,
        "API__WORKERS": 1,
        "API__SECRET_KEY": keys["api_secret_key"],
        "API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "LOGGING__BASE_LOG_FOLDER": home.airflow / "logs",
        "LOGGING__COLORED_CONSOLE_LOG": False,
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.2,  # seconds; the default of 1 adds a second to every task of a chain
        # One scheduler: half a minute after a crash it is taken for dead, and then its tasks are looked for at once.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 10,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        "SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": 2,  # seconds; an approval that answers itself would wait up to 15 more
        "WORKERS__EXECUTION_API_TIMEOUT": 30,
        # A running task outlives ten minutes without the API server or its database: each call is tried again for so long.
        "WORKERS__EXECUTION_API_RETRIES": 40,
        "WORKERS__EXECUTION_API_RETRY_WAIT_MAX": 20,
        # A changed DAG file is parsed at once whatever this says; a change of what it imports is seen then, or by a restart.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,
        "DAG_PROCESSOR__REFRESH_INTERVAL": 20,
        "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": 120,
        "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    return {"AIRFLOW_HOME": str(home.airflow)} | {f"AIRFLOW__{key}": str(value) for key, value in values.items()}
