"""A deploy that makes snapshots otherwise asks for one, once, and training hears why."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.steps.features.test_features import Curate, curate, reviews  # noqa: F401 (a fixture)

from reviewloop.adapters import deployed
from reviewloop.adapters.lake import places, s3
from reviewloop.config import Config, load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import FeaturesRef
from reviewloop.steps.features import announce_features as announcing
from reviewloop.steps.features import announce_remaking as step
from reviewloop.steps.features import build_features as building
from reviewloop.steps.features.announce_features import announce_features
from reviewloop.steps.features.announce_remaking import announce_remaking
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.train import announce_change as training
from reviewloop.steps.train.announce_change import announce_change

pytestmark = pytest.mark.contract
SPLITS = "reviewloop.core.dataset.splits"

Deploy = Callable[..., None]


@pytest.fixture
def deploy(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> Deploy:  # noqa: F811
    """Deploy another digest of a module that makes snapshots, or other values of ``features``; one day is curated and announced."""
    now: list[Config] = [load_config()]
    digests = dict(deployed.module_digests(deployed.SNAPSHOT))
    for one in (announcing, building, step, training):
        monkeypatch.setattr(one, "load_config", lambda: now[0])

    def put(code: str = "", **features: Any) -> None:
        if code:
            monkeypatch.setattr(deployed, "module_digests", lambda starts: {**digests, SPLITS: code})
        if features:
            now[0] = now[0].model_copy(update={"features": now[0].features.model_copy(update=features)})

    curate(reviews(200), "2026-01-01")
    return put


def silent(run: str) -> bool:
    with pytest.raises(NothingToDo, match="nothing that makes a snapshot has changed since the newest one"):
        announce_remaking(run)
    return True


def made() -> FeaturesRef:
    """One run of ``reviews_features``."""
    return announce_features(build_features(None))


def test_before_the_first_snapshot_a_deploy_asks_for_none(deploy: Deploy) -> None:
    deploy(balance_power=0.25)
    assert silent("w1")
    assert not s3.exists(places.deployed_features())


def test_a_changed_value_is_told_once_and_answered_by_a_snapshot_that_says_so(deploy: Deploy) -> None:
    first = made()
    assert first.changes == ()
    assert silent("w1")
    deploy(balance_power=0.25)
    told = announce_remaking("w2")
    assert told.changes == ("changed configuration: features.balance_power from 0.5 to 0.25",)
    assert announce_remaking("w2") == told, "a task that was killed before Airflow heard"
    assert silent("w3")
    second = made()
    assert second.digest != first.digest
    assert second.num_new == 0
    assert second.changes == told.changes, "nothing is new, and training hears of it all the same"
    assert silent("w4")
    with pytest.raises(NothingToDo, match="0 of .* training rows are new"):
        made()


def test_changed_code_is_named(deploy: Deploy) -> None:
    made()
    deploy(code="other")
    assert announce_remaking("w").changes == (f"changed code: module {SPLITS}",)


def test_when_training_is_told_of_new_rows_makes_no_snapshot(deploy: Deploy) -> None:
    made()
    deploy(min_new_share=0.9)
    assert silent("w")


def test_a_snapshot_of_what_was_deployed_before_answers_no_deploy(deploy: Deploy) -> None:
    made()
    before = build_features(None)
    deploy(balance_power=0.25)
    with pytest.raises(NothingToDo, match="training rows are new"):
        announce_features(before)
    assert announce_remaking("w").changes


def test_a_task_that_is_killed_before_airflow_heard_tells_the_same_again(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    deploy(balance_power=0.25)
    features = build_features(None)

    class Killed(BaseException):
        """Stands for the death of the task."""

    def die(_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(deployed, "remember_features", die)
        with pytest.raises(Killed):
            announce_features(features)
    assert announce_features(features).changes


def test_a_look_that_asks_for_a_snapshot_asks_for_no_training_and_the_next_one_does(deploy: Deploy) -> None:
    made()
    deployed.remember_training(deployed.deployed(load_config()).model_copy(update={"lock": "another"}))
    deploy(balance_power=0.25)
    for turn in (1, 2):  # whichever of the two tasks is first
        with pytest.raises(NothingToDo, match="another snapshot is asked for first"):
            announce_change("w1")
        if turn == 1:
            announce_remaking("w1")
    assert announce_change("w2").changes == ("changed lock: requirements.txt",), (
        "no snapshot came: no training waits for it for ever"
    )
