"""A deploy asks for a training once, and says what changed."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.helpers.court import Court

from reviewloop.adapters import deployed
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.monitoring import response
from reviewloop.config import Config
from reviewloop.errors import ModelRejected, NothingToDo
from reviewloop.steps.train import announce_change as step
from reviewloop.steps.train import begin_training
from reviewloop.steps.train.announce_change import announce_change

pytestmark = pytest.mark.contract
LOOP = "reviewloop.training.loop"


@pytest.fixture
def watched(court: Court, monkeypatch: pytest.MonkeyPatch) -> Iterator[Court]:
    """The court, under the watch too: what is deployed is its configuration, and the code of ``deploy``."""
    monkeypatch.setattr(step, "load_config", lambda: court.config)
    return court


@pytest.fixture
def deploy(watched: Court, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Deploy another digest of a module, or other values of ``training.transformer``."""
    digests = dict(deployed.module_digests(deployed.MAKING))

    def put(code: str = "", **transformer: Any) -> None:
        if code:
            monkeypatch.setattr(deployed, "module_digests", lambda starts: {**digests, LOOP: code})
        if transformer:
            watched.config = with_transformer(watched.config, **transformer)

    return put


def with_transformer(config: Config, **changed: Any) -> Config:
    transformer = config.training.transformer.model_copy(update=changed)
    return config.model_copy(update={"training": config.training.model_copy(update={"transformer": transformer})})


def silent(run: str) -> bool:
    with pytest.raises(NothingToDo, match="nothing that decides a training has changed since the newest one"):
        announce_change(run)
    return True


def test_with_nothing_trained_a_deploy_starts_nothing(watched: Court, deploy: Callable[..., None]) -> None:
    assert silent("w1")
    deploy(code="other")
    assert silent("w2")
    assert not s3.exists(places.deployed())


def test_changed_code_is_announced_once_and_again_only_to_its_own_retry(watched: Court, deploy: Callable[..., None]) -> None:
    before = watched.begin()
    assert silent("w1")
    deploy(code="other")
    told = announce_change("w2")
    assert told.changes == (f"changed code: module {LOOP}",)
    assert announce_change("w2") == told, "a task that was killed before Airflow heard"
    assert silent("w3")
    assert watched.begin().job_key != before.job_key
    assert silent("w4")
    assert silent("w2"), "what was answered is not told again, not by the run that told it either"


def test_changed_configuration_is_named_by_key_with_both_values(watched: Court, deploy: Callable[..., None]) -> None:
    epochs = watched.config.training.transformer.epochs
    watched.begin()
    deploy(epochs=epochs + 1)
    assert announce_change("w").changes == (f"changed configuration: training.transformer.epochs from {epochs} to {epochs + 1}",)


def test_changed_gates_are_announced_and_what_decides_nothing_is_not(watched: Court) -> None:
    watched.begin()
    watched.config = watched.config.model_copy(update={"alerts": watched.config.alerts.model_copy(update={"quiet_minutes": 7})})
    assert silent("w1")
    watched.gate("macro_f1_floor", min=0.1)
    assert announce_change("w2").changes[0].startswith("changed gates: ")


def test_of_two_schedulers_that_look_at_once_one_announces(watched: Court, deploy: Callable[..., None]) -> None:
    watched.begin()
    deploy(code="other")
    told: list[str] = []
    both = threading.Barrier(4)

    def look(run: str) -> None:
        both.wait()
        try:
            announce_change(run)
        except NothingToDo:
            return
        told.append(run)

    threads = [threading.Thread(target=look, args=(f"w{at}",)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1


def test_a_training_with_a_persons_own_knobs_does_not_answer_a_deploy(watched: Court, deploy: Callable[..., None]) -> None:
    watched.begin()
    deploy(code="other")
    watched.begin(seed=7)
    assert announce_change("w").changes
    watched.begin(seed=watched.config.training.seed)
    assert silent("w2")


def test_a_training_that_is_refused_or_settled_answers_a_deploy(
    watched: Court, deploy: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.begin()
    deploy(code="other")
    assert announce_change("w1").changes
    watched.curate("2026-01-16")
    with pytest.raises(ModelRejected, match="^fresh_data"):
        watched.begin()
    assert silent("w2")
    deploy(code="third")
    monkeypatch.setattr(begin_training, "_stop_if_settled", settled)
    assert announce_change("w3").changes
    with pytest.raises(NothingToDo, match="^settled$"):
        watched.begin()
    assert silent("w4")


def settled(*_: str) -> None:
    raise NothingToDo("settled")


def test_a_deploy_is_none_of_the_trainings_that_drift_pays_for(watched: Court, deploy: Callable[..., None]) -> None:
    watched.begin()
    deploy(code="other", epochs=9)
    assert not any(change.startswith(response.TRIGGER.strip()) for change in announce_change("w").changes)
