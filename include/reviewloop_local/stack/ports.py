"""The TCP ports of the stack, each set by a variable, each checked before anything starts."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields

from reviewloop_local.errors import LocalError

USERS = {
    "airflow": "Airflow (web UI and API)",
    "aws": "the local AWS API (S3, Glue, Athena)",
    "mlflow": "MLflow",
    "serve": "the prediction endpoint",
}


@dataclass(frozen=True)
class Ports:
    """Ports on 127.0.0.1; ``serve`` is used by `make serve` only."""

    airflow: int = 8080
    aws: int = 4566
    mlflow: int = 5000
    serve: int = 8000

    @property
    def airflow_url(self) -> str:
        """Where Airflow answers."""
        return f"http://127.0.0.1:{self.airflow}"

    @property
    def aws_url(self) -> str:
        """Where the AWS API answers."""
        return f"http://127.0.0.1:{self.aws}"

    @property
    def mlflow_url(self) -> str:
        """Where MLflow answers."""
        return f"http://127.0.0.1:{self.mlflow}"


def variable(name: str) -> str:
    """The environment variable that sets the port ``name``."""
    return f"REVIEWLOOP_{name.upper()}_PORT"


def ports_from(environ: Mapping[str, str]) -> Ports:
    """The defaults, changed by ``REVIEWLOOP_*_PORT``. Raises ``LocalError`` on a value that is no port or is used twice."""
    chosen: dict[str, int] = {}
    for field in fields(Ports):
        text = environ.get(variable(field.name)) or str(field.default)
        if not text.isdecimal() or not 1 <= int(text) <= 65535:
            raise LocalError(f"{variable(field.name)}: {text!r} is not a port; allowed are 1 to 65535")
        twin = next((name for name, port in chosen.items() if port == int(text)), None)
        if twin:
            raise LocalError(f"{variable(field.name)}: {text} is also {variable(twin)}; every part needs its own port")
        chosen[field.name] = int(text)
    return Ports(**chosen)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(ports: Ports, *names: str) -> None:
    """Raises ``LocalError`` for the first of these ports that something else listens on."""
    for name in names:
        port = getattr(ports, name)
        if not is_free(port):
            raise LocalError(
                f"port {port} is taken, and {USERS[name]} needs it: "
                f"stop what listens there, or choose another port with {variable(name)}"
            )
