"""The parts of the stack: the command of each, and the configuration that supervisord keeps them alive by."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from reviewloop_local.stack.environment import MLFLOW_BUCKET
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports


@dataclass(frozen=True)
class Service:
    """One supervised program. Lower ``priority`` starts earlier and stops later."""

    name: str
    priority: int
    arguments: tuple[str, ...]
    """Of this Python interpreter."""
    env: Mapping[str, str]
    stop_signal: str = "TERM"
    stop_seconds: int = 10
    """What is still alive this long after the signal is killed, with its process group."""


def parts(home: Home, ports: Ports) -> tuple[Service, ...]:
    """Every part, in starting order."""
    aws_env = {
        "GATEWAY_PORT": str(ports.aws),
        "BIND_HOST": "127.0.0.1",
        "S3_PERSIST": "1",
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(home.root / "aws" / "s3"),
        "STATE_DIR": str(home.root / "aws" / "state"),
        "TMPDIR": str(home.work),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",  # it would listen on every interface
    }
    mlflow = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(ports.mlflow), "--workers", "1"]
    mlflow += ["--backend-store-uri", f"sqlite:///{home.root}/mlflow.db", "--artifacts-destination", f"s3://{MLFLOW_BUCKET}"]
    airflow = ("-m", "airflow")
    return (
        Service("aws", 10, ("-m", "reviewloop_local.stack.aws"), aws_env),
        Service("mlflow", 20, tuple(mlflow), {}),
        Service("airflow-api-server", 30, (*airflow, "api-server"), {}, stop_seconds=5),
        Service("airflow-dag-processor", 40, ("-m", "reviewloop_airflow.dag_processor"), {}),
        # The API server reads task logs from disk here, so nothing has to serve them (on every interface, as it would).
        Service("airflow-triggerer", 50, (*airflow, "triggerer", "--skip-serve-logs"), {}),
        # On TERM the scheduler would wait for a training of many minutes, and a task told to end would spend one of its
        # retries. Killed, they are what a crash leaves behind: at the next start the task is run again and resumes.
        Service("airflow-scheduler", 60, (*airflow, "scheduler", "--skip-serve-logs"), {}, stop_signal="KILL"),
    )


AIRFLOW_PARTS = ("airflow-api-server", "airflow-dag-processor", "airflow-triggerer", "airflow-scheduler")


def part_named(name: str, home: Home, ports: Ports) -> Service:
    """The part called ``name``; raises ``KeyError`` for no such part."""
    return {part.name: part for part in parts(home, ports)}[name]


def supervisor_config(home: Home, ports: Ports) -> str:
    """supervisord's configuration. The environment, with its secrets, is inherited and not written here."""
    lines = [
        "[supervisord]",
        f"logfile={_literal(home.logs / 'supervisord.log')}",
        f"pidfile={_literal(home.supervisor_pid)}",
        f"childlogdir={_literal(home.logs)}",
        f"directory={_literal(home.root)}",
        "umask=022",
        "",
        "[unix_http_server]",
        f"file={_literal(home.socket)}",
        "chmod=0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for part in parts(home, ports):
        command = shlex.join([sys.executable, "-m", "reviewloop_local.stack.part", part.name])
        lines += [
            "",
            f"[program:{part.name}]",
            f"command={_literal(command)}",
            f"priority={part.priority}",
            f"autostart={str(part.name not in AIRFLOW_PARTS).lower()}",  # Airflow waits for its database
            "autorestart=true",
            "startsecs=3",
            "startretries=5",
            f"stopsignal={part.stop_signal}",
            f"stopwaitsecs={part.stop_seconds}",
            "stopasgroup=true",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={_literal(home.logs / part.name)}.log",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=1",
        ]
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    """supervisord expands ``%(name)s`` in every value."""
    return str(value).replace("%", "%%")
