"""The level of automation and who may answer, as they are at the moment of a decision and not as a process has read them once."""

from functools import lru_cache

from reviewloop.config import AutomationLevel, ReleaseConfig, parse_config, read_config
from reviewloop.core.release import automation
from reviewloop.core.release.standing import Events
from reviewloop.settings import settings


def release_now() -> ReleaseConfig:
    """The section ``release``, read again where a file of the configuration has changed since."""
    folder = settings().config_dir
    files = (
        folder / "base.yaml",
        folder / "profiles" / f"{settings().profile}.yaml",
        *sorted((folder / "datasets").glob("*.yaml")),
    )
    return _read(settings().profile, tuple(path.stat().st_mtime_ns for path in files if path.exists()))


@lru_cache(maxsize=4)
def _read(profile: str, stamps: tuple[int, ...]) -> ReleaseConfig:  # noqa: ARG001 (the key: which files were read)
    return parse_config(read_config(profile, settings().config_dir)).release


def level(events: Events) -> AutomationLevel:
    """The level that counts now."""
    return automation.level_now(events, release_now().automation)
