"""The model registry in MLflow: versions, their tags, and the champion's alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.adapters.mlflow.connection import calling, client
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.settings import settings

CHAMPION: Final = "champion"
PREVIOUS: Final = "previous"
_DESCRIPTION: Final = "Sentiment (negative, neutral, positive) of a product review. `champion` answers now, `previous` did before."


@dataclass(frozen=True)
class VersionInfo:
    """One version of the registered model. ``source`` is the lake URI of its files, ``run_id`` the run that trained it."""

    version: str
    source: str
    run_id: str
    tags: Mapping[str, str]


def _info(found: Any) -> VersionInfo:
    return VersionInfo(str(found.version), str(found.source), str(found.run_id or ""), dict(found.tags or {}))


def versions() -> list[VersionInfo]:
    """Every version of the registered model, newest first: MLflow gives the last updated first
    (``findings/mlflow-newest-version-is-last-updated.sh``).
    """
    name = settings().registered_model
    with calling(f"list the versions of {name!r}"):
        page = client().search_model_versions(f"name = '{name}'")
        found = list(page)
        while page.token:
            page = client().search_model_versions(f"name = '{name}'", page_token=page.token)
            found += page
    return sorted(map(_info, found), key=lambda version: -int(version.version))


def find_version(job_key: str) -> VersionInfo | None:
    """The version that this job registered (the oldest, were there two), or None."""
    name = settings().registered_model
    with calling(f"look for a version of job {job_key[:16]}"):
        found = client().search_model_versions(f"name = '{name}' and tags.`{Tag.JOB_KEY}` = '{job_key}'")
    return min(map(_info, found), key=lambda version: int(version.version), default=None)


def get_version(version: str) -> VersionInfo:
    """One version. Raises ``PermanentError`` where the registry does not hold it."""
    with calling(f"read version {version}"):
        return _info(client().get_model_version(settings().registered_model, version))


def register_version(model_uri: str, run_id: str, tags: Mapping[str, str]) -> VersionInfo:
    """The version of the job named by ``tags[Tag.JOB_KEY]``, made if there is none.

    It is created with its tags in one call: a task killed here leaves a version that its retry finds, or none.
    """
    from mlflow.exceptions import MlflowException

    found = find_version(tags[Tag.JOB_KEY])
    if found is not None:
        return found
    name = settings().registered_model
    with calling(f"register {model_uri}"):
        try:
            client().create_registered_model(name, description=_DESCRIPTION)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        return _info(client().create_model_version(name, model_uri, run_id, tags=dict(tags)))


def set_version_tags(version: str, tags: Mapping[str, str]) -> None:
    """Set tags of one version; a tag that exists is replaced."""
    with calling(f"tag version {version}"):
        for key, value in tags.items():
            client().set_model_version_tag(settings().registered_model, version, key, value)


def _by_alias(alias: str) -> VersionInfo | None:
    from mlflow.exceptions import MlflowException

    with calling(f"look up the alias {alias!r}"):
        try:
            return _info(client().get_model_version_by_alias(settings().registered_model, alias))
        except MlflowException as error:
            # MLflow answers INVALID_PARAMETER_VALUE for a missing alias, RESOURCE_DOES_NOT_EXIST for a missing model.
            if error.error_code == "RESOURCE_DOES_NOT_EXIST" or ("alias" in error.message and "not found" in error.message):
                return None
            raise


def champion() -> VersionInfo | None:
    """The version that answers now, or None before the first release."""
    return _by_alias(CHAMPION)


def set_champion(version: str) -> str | None:
    """Move the alias ``champion`` to ``version`` and ``previous`` to the one it leaves; returns that one's version.

    ``previous`` moves first, so that a task killed between the two loses nothing; called again, it changes nothing.
    """
    now = champion()
    if now is not None and now.version == version:
        before = _by_alias(PREVIOUS)
        return before.version if before else None
    name = settings().registered_model
    with calling(f"make version {version} the champion"):
        if now is not None:
            client().set_registered_model_alias(name, PREVIOUS, now.version)
        client().set_registered_model_alias(name, CHAMPION, version)
    return now.version if now else None
