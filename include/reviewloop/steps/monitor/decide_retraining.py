"""From the days' verdicts to what is done about them."""

import json
import logging
from collections.abc import Sequence
from typing import Final

from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.monitoring.response.conditions import Facts
from reviewloop.core.monitoring.response.decision import Decision, decide, recorded, report
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.monitoring.response.votes import PREFIX, Vote
from reviewloop.errors import NothingToDo
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.response import response_page
from reviewloop.refs import DecisionRef, DriftRef

log = logging.getLogger(__name__)
PAGE: Final = "report.html"
_SAID: Final = 10
"""Of a day's reasons, those that are kept; its own page has all of them."""


def decide_retraining(drifts: Sequence[DriftRef], dag_run_key: str) -> DecisionRef:
    """Let the days vote, then decide of the version that answers; keep the page with every condition and its value.

    A vote takes the place of its day's older one. Of the votes, what counts is decided afresh: it does not matter in which order
    days came, nor how many at once. A run that asked for a training, run again, is given the same decision and nothing new is
    asked for; another run that brings the same days finds them answered. Raises ``NothingToDo`` where no day of the champion has
    voted.
    """
    votes = [vote for drift in drifts if (vote := vote_of(drift)) is not None]
    response.change(lambda state: (state.with_votes(votes), None))
    champion = current_champion()
    if champion is None or not response.read().of(champion.version):
        who = f"version {champion.version}" if champion else "no version"
        raise NothingToDo(f"{who} answers, and none of its days was monitored yet: the drift of another version asks for nothing")
    facts = response.facts(champion)
    state, decision, folder = response.change(lambda state: _decided(state, facts, dag_run_key))
    log.info("%s: %s", decision.verdict, decision.reason)
    return _kept(state, decision, folder)


def vote_of(drift: DriftRef) -> Vote | None:
    """The day's vote; None where other predictions of the day, or other requests, count by now."""
    generation = response.counts(drift.day, drift.batch, drift.source)
    if generation is None:
        log.info("%s: the verdict on batch %s says nothing any more: another one counts", drift.day, drift.batch)
        return None
    fired = (drift.families or ("drift",)) if drift.fired else ()
    return Vote(
        day=drift.day, version=drift.model_version, batch=drift.batch, generation=generation, judged=drift.judged,
        families=tuple(f"{PREFIX[drift.source]}{family}" for family in fired), source=drift.source,
        pooled=tuple(f"{PREFIX[drift.source]}{family}" for family in drift.pooled),
        kind=drift.kind if drift.fired else "", reasons=drift.reasons[:_SAID] if drift.fired else (),
        page_uri=drift.page_uri,
    )  # fmt: skip


def _decided(state: State, facts: Facts, run: str) -> tuple[State, tuple[State, Decision, str]]:
    """Beside the state: what was decided, and the folder of its report, named by the decision alone."""
    asked = state.training_of(run)
    if asked is not None:
        return state, (state, Decision.model_validate(asked.report), asked.page_uri.rpartition("/")[0])
    decision = decide(state, facts, load_config().response)
    named = json_digest([decision.model_dump(mode="json"), run, facts.now.isoformat()])[:16]
    folder = places.reports("responses", f"day={decision.day}", named)
    after = recorded(state, decision, facts, run, f"{folder}/{PAGE}")
    return after, (after, decision, folder)


def _kept(state: State, decision: Decision, folder: str) -> DecisionRef:
    found = report(state, decision)

    def files() -> dict[str, bytes]:
        page = response_page(found, Links(depth=3, day=decision.day))
        return {"report.json": json.dumps(found, indent=2, sort_keys=True).encode(), PAGE: page.encode()}

    uri = artifacts.publish_once(folder, files).uri
    return DecisionRef(
        day=decision.day, model_version=decision.version, verdict=decision.verdict.value, reason=decision.reason,
        families=decision.families, days=decision.days, reasons=decision.reasons, report_uri=f"{uri}/report.json",
        page_uri=f"{uri}/{PAGE}",
    )  # fmt: skip
