"""People take a refusal upon themselves: two of them where it is leakage or fairness, by name and with their reasons."""

import pytest
from tests.helpers.court import Court, fair, good

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.errors import ModelRejected, NothingToDo, Refused
from reviewloop.refs import ChoiceRef, TrainingRef
from reviewloop.steps.release import override_gate as module
from reviewloop.steps.release.override_gate import override_gate
from reviewloop.steps.train import gate_model

pytestmark = pytest.mark.contract
GATE = "no_near_duplicates"


@pytest.fixture
def refused(court: Court, monkeypatch: pytest.MonkeyPatch) -> tuple[TrainingRef, ChoiceRef]:
    """A candidate whose training part holds texts that nearly are sealed ones; grace started its training."""
    release = load_config("aws").release.model_copy(update={"approvers": ("ada", "eve", "grace")})
    court.config = court.config.model_copy(update={"release": release})
    monkeypatch.setattr(module, "load_config", lambda: court.config)
    training = court.begin(court.features("a", near=2), by="grace")
    choice = court.choice(training, baseline=fair, transformer=good)
    with pytest.raises(ModelRejected, match=GATE):
        gate_model.gate_model(choice, training)
    return training, choice


def test_leakage_takes_two_different_people_and_is_told_in_the_report(court: Court, refused: tuple[TrainingRef, ChoiceRef]) -> None:
    training, choice = refused
    told = override_gate(training.job_key[:16], GATE, "ada", "they are greetings")
    assert told == f"gate {GATE}: it takes another person, with a reason of his or her own, beside ada"
    assert override_gate(training.job_key, GATE, "Ada", "really") == told, "the same person once more is no second one"
    with pytest.raises(ModelRejected):
        gate_model.gate_model(choice, training)
    assert override_gate(training.job_key, GATE, "eve", "I read both") == (
        f"gate {GATE} is overridden by ada and eve; clear `gate_model` to judge again"
    )
    court.begin(court.features("a", near=2))  # a new run may judge it as well
    gate = gate_model.gate_model(choice, training)
    assert gate.verdict == "warn"
    (found,) = (one for one in s3.read_json(gate.report_uri)["gates"] if one["name"] == GATE)
    assert (found["verdict"], found["blocks"]) == ("overridden", False)
    assert found["finding"].endswith("overridden by ada: they are greetings; eve: I read both")
    last = ledger.read()[-1]
    assert (last.kind, last.facts["verdict"]) == ("judged", "passed")
    with pytest.raises(Refused, match="there is nothing to override"):
        override_gate(training.job_key, GATE, "ada", "x")


def test_who_may_not(refused: tuple[TrainingRef, ChoiceRef]) -> None:
    key = refused[0].job_key
    for by, why in (
        ("grace", "'grace' started the training"), ("admin", "'admin' is no one person"), ("mallory", "is none of the approvers"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=f"by: .*{why}"):
            override_gate(key, GATE, by, "because")
    with pytest.raises(Refused, match="reason: is empty"):
        override_gate(key, GATE, "ada", " ")
    with pytest.raises(Refused, match=f"gate: 'macro_f1_floor' refuses nothing here; refusing are: .*{GATE}"):
        override_gate(key, "macro_f1_floor", "ada", "because")
    with pytest.raises(Refused, match="is the beginning of no job"):
        override_gate("0" * 64, GATE, "ada", "because")
    assert not [event for event in ledger.read() if event.kind == "overridden"]


def test_other_gates_than_those_of_the_refusal_are_asked_first(court: Court, refused: tuple[TrainingRef, ChoiceRef]) -> None:
    court.gate("calibration", max=0.3)
    with pytest.raises(Refused, match="the gates or the champion changed since this verdict"):
        override_gate(refused[0].job_key, GATE, "ada", "because")


def test_who_began_a_job_first_stays_its_trainer(court: Court) -> None:
    from reviewloop.adapters.mlflow import runs

    training = court.begin(court.features("b"), by="grace")
    for by in ("", "ada"):
        again = court.begin(court.features("b"), by=by)
        assert runs.run_tags(again.mlflow_run_id)[Tag.TRAINED_BY] == "grace"
    assert again.job_key == training.job_key


def test_an_override_opens_the_refused_job_again(court: Court, refused: tuple[TrainingRef, ChoiceRef]) -> None:
    with pytest.raises(NothingToDo, match="was refused by"):
        court.begin(court.features("a", near=2))
    override_gate(refused[0].job_key, GATE, "ada", "they are greetings")
    assert court.begin(court.features("a", near=2)).job_key == refused[0].job_key
