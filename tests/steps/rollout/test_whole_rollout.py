"""A rollout from the ledger to the ledger: the endpoint as it is run, its captured records, Athena's rows, and what follows.

The plan is short. Everything else is what a team's rollout takes: arms drawn by the endpoint, a shadow behind the answers, labels
that come late, and evidence that is counted from the table.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.helpers.endpoint import Endpoint, until
from tests.serving.test_app import TEXTS, register, release

from reviewloop.adapters.lake import model_store
from reviewloop.adapters.mlflow.registry import VersionInfo
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.config import load_config
from reviewloop.core.release.events import Draft, Event
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.plan import Stage, plan_of, to_facts
from reviewloop.core.rollout.routing import STARTED
from reviewloop.models import baseline
from reviewloop.refs import RolloutRef
from reviewloop.steps.rollout.judge_rollout import judge_rollout

pytestmark = pytest.mark.contract

STAGES = (
    Stage("shadow", challenger=0, shadow=1, requests=20, labels=0, verdict=False, bake_seconds=0),
    Stage("canary", challenger=0.5, shadow=1, requests=20, labels=0, verdict=False, bake_seconds=0),
)


def start(challenger: VersionInfo, champion: str, *left_out: str) -> Event:
    plan = plan_of(load_config().rollout, "staged")
    plan = replace(plan, stages=STAGES, guards=tuple(guard for guard in plan.guards if guard.name not in left_out))
    told = {
        "source": challenger.source,
        "salt": "0123456789abcdef",
        "replaces": champion,
        "approval": "",
        "shown": "",
        "forecast": [],
    }
    digest = challenger.tags[Tag.MODEL_DIGEST]
    return ledger.append(lambda _: Draft(STARTED, "program:test", challenger.version, digest, {**to_facts(plan), **told}))


def upside_down(folder: Path) -> VersionInfo:
    """A model that takes praise for complaints: it answers 200, and is wrong."""
    labels = np.arange(60) % 3
    texts = [TEXTS[2 - int(label)] for label in labels]
    pipeline = baseline.fit(texts, labels, np.ones(60), ngram_max=1, min_df=1, max_features=500, c=9.0, seed=1)
    folder.mkdir()
    (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
    (folder / "model.json").write_text(json.dumps({"kind": "baseline", "labels": list(SENTIMENTS)}))
    model = model_store.publish("baseline", folder, "d" * 64, "")
    return register_version(model.uri, "", {Tag.JOB_KEY: model.job_key, Tag.MODEL_DIGEST: model.digest})


def ask(endpoint: Endpoint, num_units: int, first: int) -> list[dict[str, Any]]:
    """So many customers, each with a review of its own; every answer, with the arm that gave it."""
    found = []
    for unit in range(first, first + num_units):
        body = {"unit": f"customer-{unit}", "reviews": [{"text": f"{TEXTS[unit % 3]} {unit}"}]}
        answer = endpoint.http.post("/predict", json=body)
        assert answer.status_code == 200, answer.text
        found.append({**answer.json(), "arm": answer.headers["x-reviewloop-arm"], "label": SENTIMENTS[unit % 3]})
    return found


def label(endpoint: Endpoint, answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        told = {"request_id": answer["request_id"], "index": 0, "sentiment": answer["label"], "by": "a person"}
        assert endpoint.http.post("/feedback", json=told).status_code == 202


def looked(is_there: Callable[[RolloutRef], bool], seconds: float = 40) -> RolloutRef:
    """Look until the records that are on their way have come."""
    deadline = time.monotonic() + seconds
    while not is_there(found := judge_rollout()):
        assert time.monotonic() < deadline, f"{found.decision}: {found.reason}"
        time.sleep(1)
    return found


def test_a_good_challenger_goes_from_the_shadow_to_the_canary_and_is_done(endpoint: Endpoint, tmp_path: Path) -> None:
    champion = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    challenger = register(tmp_path / "two", 2)
    begun = start(challenger, champion, "slow")  # the p99 of 40 answers beside other tests says nothing of a model
    until(lambda: endpoint.health()[1].get("generation") == begun.number)
    held = judge_rollout()
    assert (held.decision, held.stage) == ("hold", "shadow"), "silence is a hold"

    assert {answer["arm"] for answer in ask(endpoint, 40, 0)} == {"champion"}
    moved = looked(lambda found: found.decision == "advance")
    assert moved.stage == "shadow"
    until(lambda: endpoint.health()[1].get("generation") == begun.number + 1)
    answers = ask(endpoint, 120, 100)
    assert {answer["arm"]: answer["version"] for answer in answers} == {"champion": champion, "challenger": challenger.version}
    assert ask(endpoint, 40, 100)[0]["arm"] == answers[0]["arm"], "a customer keeps its arm"
    done = looked(lambda found: found.decision == "finish")
    assert done.version == challenger.version
    kinds = [event.kind for event in ledger.read() if event.kind != "registered"]
    assert kinds == ["promoted", "rollout_started", "rollout_moved", "rollout_passed"]


def test_a_challenger_that_is_wrong_and_answers_200_goes_back_by_quality_and_answers_nobody(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    champion = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    begun = start(upside_down(tmp_path / "two"), champion, "disagreement", "answer_shift")  # which would see it, too, and first
    until(lambda: endpoint.health()[1].get("generation") == begun.number)
    label(endpoint, ask(endpoint, 90, 0))
    back = looked(lambda found: found.decision == "back")
    assert back.reason.startswith("quality: "), back.reason
    until(lambda: endpoint.health()[1].get("generation") == begun.number + 1, seconds=5)
    assert {answer["version"] for answer in ask(endpoint, 10, 500)} == {champion}
    assert ledger.read()[-1].facts["guard"] == "quality"
