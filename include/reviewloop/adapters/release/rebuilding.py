"""The registry is made anew from ledger and lake: its versions under their numbers, with their tags, and the aliases.

The ledger says what was registered, with which tags, and who answers; the lake holds the files. MLflow's database is a copy of
that, but for the runs: a run that is gone stays gone, and its version is made without it.
"""

import logging

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.tags import Tag, tagged
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.registration import describe
from reviewloop.core.release import registered, standing
from reviewloop.core.release.events import Draft
from reviewloop.core.release.registered import Registered
from reviewloop.errors import PermanentError
from reviewloop.refs import RebuiltRef

log = logging.getLogger(__name__)


def rebuild(by: str) -> RebuiltRef:
    """Make every version of the ledger that the registry lacks, then bring the aliases to what the ledger says.

    A version whose number MLflow does not give any more, or whose files are not those that were registered, is left out and told
    in ``gone``. What the registry holds already is not changed. Killed anywhere, it is finished by the next call. Let nothing
    register meanwhile: a number that another takes is gone.
    """
    describe()
    events = ledger.read()
    there = {found.version: found for found in registry.versions()}
    known = registered.versions(events)
    _remove_strays(known, there)
    missing = [version for version in known if version not in there]
    if missing:
        told = Draft("rebuilt", by, None, None, {"missing": missing})
        ledger.append(lambda _: told)
    gone = {one.version: f"the registry gave its number to {there[one.version].source}" for one in _replaced(known, there)}
    made, without = [], []
    highest = max(map(int, there), default=0)
    for version in missing:
        if fault := _fault(known[version], highest):
            gone[version] = fault
            continue
        has_run = runs.exists(known[version].run_id)
        highest, is_made = _make(known[version], known[version].run_id if has_run else "")
        if not is_made:
            gone[version] = f"MLflow gives a number once, and went on to {highest}; {_ANEW}"
            continue
        made.append(version)
        without += [] if has_run else [version]
    for version, why in gone.items():
        log.warning("version %s is gone: %s", version, why)
    head = standing.champion(events)
    if head is not None and str(head.version) not in gone:
        champion.settle()
    return RebuiltRef(version=standing.champion_version(events) or None, made=tuple(made), gone=gone, runs_gone=tuple(without))


_ANEW = "delete the whole registered model in MLflow and `rebuild` makes every version of the ledger under its number"


def _remove_strays(known: dict[str, Registered], there: dict[str, registry.VersionInfo]) -> None:
    """What an earlier try that was killed left: versions of a job that the ledger knows under another number."""
    numbers = {one.tags["job_key"]: one.version for one in known.values() if one.tags.get("job_key")}
    for version, found in list(there.items()):
        if numbers.get(found.tags.get(Tag.JOB_KEY, ""), version) != version:
            registry.delete_version(version)
            del there[version]


def _replaced(known: dict[str, Registered], there: dict[str, registry.VersionInfo]) -> list[Registered]:
    return [one for one in known.values() if one.version in there and there[one.version].source != one.source]


def _fault(known: Registered, highest: int) -> str:
    """Why this version is not made anew; empty where nothing is known against it."""
    if int(known.version) <= highest:
        return f"MLflow holds later versions and gives a number once; {_ANEW}"
    if not champion.is_of_this_lake(known.source):
        return f"{known.source} does not lie below the models of this lake"
    try:
        digest = artifacts.open_artifact(known.source).digest
    except PermanentError as error:
        return f"its files cannot be read: {error}"
    return "" if digest == known.digest else f"other files lie at {known.source}"


def _make(known: Registered, run_id: str) -> tuple[int, bool]:
    """The number that MLflow came to, and whether it is this version's. Numbers before it are made and deleted again."""
    tags = tagged({**_approval_in(known.record), **known.tags})
    while True:
        made = registry.create_version(known.source, run_id, tags)
        if made.version == known.version:
            return int(made.version), True
        registry.delete_version(made.version)
        if int(made.version) > int(known.version):
            return int(made.version), False


def _approval_in(record: str) -> dict[str, str]:
    try:
        found = s3.read_json(record) if record else {}
        return {name: str(found[name]) for name in ("approved_by", "approved_at") if name in found}
    except (PermanentError, ValueError, TypeError):
        return {}  # a champion without an approval does not answer, and says so
