"""Back to a version that answered before."""

import json
import logging

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.rollouts import end_rollout
from reviewloop.core.digests import json_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.refs import ChampionRef

log = logging.getLogger(__name__)


def rollback(version: str, by: str, reason: str) -> ChampionRef:
    """Let a version answer that was released before. ``by`` is the person who decides, ``reason`` why, in words.

    It is an act of its own, in the ledger with a record, and no release: nobody is asked, and no gate. The target must be what
    was released. What is wrong with today's champion is kept in the record and stops nothing: it may be the reason. A rollout that
    is under way ends by it, also where the champion itself is named. Raises ``NothingToDo`` where the version answers already,
    alone.
    """
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; a rollback says why, in words")
    target = champion.released(version)
    wrong = _what_is_wrong()
    events = ledger.read()
    head = standing.champion(events)
    if head is None:
        raise Refused("there is no champion to go back from; `python -m reviewloop adopt` takes over releases from before")
    if head.version != version:
        head = _go_back(head, target, who, reason, wrong)
    elif open_rollout(events) is not None:  # it may have begun after the version was gone back to by these very words
        champion.settle()
        ended = end_rollout(who, reason, version)
        log.info(
            "the rollout of version %s was ended (event %d); version %s answers alone again", ended.version, ended.number, version
        )
        return _told(head, version, by)
    elif not (head.kind == "rolled_back" and (head.by, head.facts["reason"]) == (who, reason)):
        champion.settle()
        raise NothingToDo(f"version {version} answers already (ledger, event {head.number})")
    champion.settle()
    champion.current_champion()
    log.info("champion: version %s again, by %s: %s", version, by, reason)
    return _told(head, version, by)


def _told(head: Event, version: str, by: str) -> ChampionRef:
    return ChampionRef(
        version=version, previous=str(head.facts["replaces"]), approved_by=by, approved_at=head.at,
        record_uri=str(head.facts["record"]),
    )  # fmt: skip


def _what_is_wrong() -> str:
    """Of today's champion; empty where nothing is."""
    try:
        champion.current_champion()
    except PermanentError as error:
        return str(error)
    return ""


def _go_back(head: Event, target: champion.Champion, who: str, reason: str, wrong: str) -> Event:
    record = {
        "approved_by": who.partition(":")[2], "reason": reason, "version": target.version, "model_digest": target.digest,
        "previous": head.version, "after": {"event": head.number, "sha256": head.sha256}, "found": wrong,
        "released_by": target.tags[Tag.APPROVED_BY],
    }  # fmt: skip
    uri = places.release_record(target.version, f"rollback={json_digest(record)[:16]}")
    s3.create(uri, json.dumps(record, indent=2, sort_keys=True).encode(), "application/json")
    facts = {"reason": reason, "replaces": head.version, "source": target.source, "record": uri, "found": wrong}

    def decide(events: standing.Events) -> Draft | Event:
        now = standing.champion(events)
        if now is not None and now.kind == "rolled_back" and now.facts.get("record") == uri:
            return now
        if now != head:
            answering = standing.champion_version(events)
            raise Refused(f"version {answering} was released meanwhile; look again whether to go back to {target.version}")
        return Draft("rolled_back", who, target.version, target.digest, facts)

    return ledger.append(decide)
