"""What jobs are called in an AWS account, where everybody shares one room, and what they need to be told of it."""

from collections.abc import Iterator
from itertools import count

from reviewloop.core.digests import bytes_digest
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


def required(name: str, what: str) -> str:
    """The setting ``name``. Raises ``ConfigError`` where it is empty; ``what`` says what belongs there."""
    value = str(getattr(settings(), name))
    if not value:
        variable = f"REVIEWLOOP_{name.upper()}"
        raise ConfigError(f"{variable}: empty; set it to {what}, or set training.backend.kind to local")
    return value


def job_name(name: str) -> str:
    """The name with this deployment's mark before it: another deployment may train the same, into another bucket."""
    return f"reviewloop-{bytes_digest(settings().bucket.encode())[:6]}-{name}"


def numbered(name: str) -> Iterator[str]:
    """The name of the first try of a job, of the second, and so on without end."""
    return (f"{name}-{number}" for number in count(1))
