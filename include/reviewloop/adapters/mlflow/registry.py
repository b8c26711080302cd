"""The model registry in MLflow: versions, their tags, and their aliases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.adapters.mlflow.connection import calling, client
from reviewloop.adapters.mlflow.tags import LEDGER_HEAD, Tag
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


def get_version(version: str) -> VersionInfo:
    """One version. Raises ``PermanentError`` where the registry does not hold it."""
    with calling(f"read version {version}"):
        return _info(client().get_model_version(settings().registered_model, version))


def versions_of(job_key: str) -> list[VersionInfo]:
    """Every version that this job has made, oldest first: more than one where two workers registered it at once."""
    name = settings().registered_model
    with calling(f"look for versions of job {job_key[:16]}"):
        found = client().search_model_versions(f"name = '{name}' and tags.`{Tag.JOB_KEY}` = '{job_key}'")
    return sorted(map(_info, found), key=lambda version: int(version.version))


def holds(version: str) -> bool:
    """Whether the registry holds this version."""
    return any(found.version == version for found in versions())


def create_version(model_uri: str, run_id: str, tags: Mapping[str, str]) -> VersionInfo:
    """A new version, made with its tags in one call: a task killed here leaves a whole one, or none.

    MLflow has no lock and knows no unique tag: ``adapters.release.registration`` makes it one version a job.
    """
    from mlflow.exceptions import MlflowException

    name = settings().registered_model
    with calling(f"register {model_uri}"):
        try:
            client().create_registered_model(name, description=_DESCRIPTION)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        return _info(client().create_model_version(name, model_uri, run_id, tags=dict(tags)))


def delete_version(version: str) -> None:
    """Delete one version; one that is gone already is no error. Its files lie in the lake and stay there."""
    from mlflow.exceptions import MlflowException

    with calling(f"delete version {version}"):
        try:
            client().delete_model_version(settings().registered_model, version)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise


def set_version_tags(version: str, tags: Mapping[str, str]) -> None:
    """Set tags of one version; a tag that exists is replaced."""
    with calling(f"tag version {version}"):
        for key, value in tags.items():
            client().set_model_version_tag(settings().registered_model, version, key, value)


def aliased(alias: str = CHAMPION) -> str | None:
    """The version that the alias names, or None. A cache of the ledger: who answers is ``adapters.release.champion``'s to say."""
    from mlflow.exceptions import MlflowException

    with calling(f"look up the alias {alias!r}"):
        try:
            return str(client().get_model_version_by_alias(settings().registered_model, alias).version)
        except MlflowException as error:
            # MLflow answers INVALID_PARAMETER_VALUE for a missing alias, RESOURCE_DOES_NOT_EXIST for a missing model.
            if error.error_code == "RESOURCE_DOES_NOT_EXIST" or ("alias" in error.message and "not found" in error.message):
                return None
            raise


def set_alias(alias: str, version: str) -> None:
    """Let the alias name this version, whatever it named."""
    with calling(f"let {alias!r} name version {version}"):
        client().set_registered_model_alias(settings().registered_model, alias, version)


def ledger_head() -> str | None:
    """How far the ledger went when somebody last told this registry; None where nobody did, or there is no such model."""
    from mlflow.exceptions import MlflowException

    with calling("look up how far the ledger went"):
        try:
            found = client().get_registered_model(settings().registered_model).tags.get(LEDGER_HEAD)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
    return str(found) if found else None


def set_ledger_head(head: str) -> None:
    """Tell this registry how far the ledger went. Nothing is kept before the first version makes the registered model."""
    from mlflow.exceptions import MlflowException

    with calling(f"tell that the ledger went to event {head[:24]}"):
        try:
            client().set_registered_model_tag(settings().registered_model, LEDGER_HEAD, head)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
