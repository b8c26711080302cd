"""What this deployment's things are called in an AWS account, where everybody shares one room, and the tags that say whose."""

from datetime import UTC, datetime

from reviewloop.config import load_config
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES, JOB, OWNER, expires_tag
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
    return f"{mark()}{name}"


def mark() -> str:
    """How the names of this deployment's jobs begin."""
    return f"reviewloop-{bytes_digest(settings().bucket.encode())[:6]}-"


def tags(name: str, longest_seconds: float) -> dict[str, str]:
    """What everything carries that is made on AWS: whose it is, who answers for it, and from when on nobody needs it any more.

    ``longest_seconds`` is how long it may work once it has a machine.
    """
    seconds = longest_seconds + load_config().costs.queue_hours * 3600
    expires = expires_tag(datetime.now(UTC), seconds)
    return {DEPLOYMENT: settings().bucket, OWNER: settings().owner, EXPIRES: expires, JOB: name}
