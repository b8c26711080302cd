"""Each gate stops the fault it exists for, by name, and the report outlives the refusal."""

import pytest

from reviewloop.adapters import s3, tracking
from reviewloop.config import GateConfig, load_config
from reviewloop.errors import ModelRejected
from reviewloop.refs import ChoiceRef, TrainingRef
from reviewloop.steps import gate_model

from .conftest import Court, Rule, good

pytestmark = pytest.mark.contract


def constant(row: int, label: int, department: str) -> int:
    return 2


def never_neutral(row: int, label: int, department: str) -> int:
    return 2 if label == 1 else label


def lost_in_dresses(row: int, label: int, department: str) -> int:
    return (label + 1) % 3 if department == "Dresses" and row % 2 else label


def a_little_worse(row: int, label: int, department: str) -> int:
    return (label + 2) % 3 if row % 10 in {3, 7} else label


def tried(court: Court, rule: Rule, leaked: int = 0, name: str = "a") -> tuple[ChoiceRef, TrainingRef]:
    training = court.begin(court.features(name, leaked))
    return court.choice(training, baseline=rule, transformer=rule), training


def refused(choice: ChoiceRef, training: TrainingRef) -> tuple[set[str], dict]:
    """The failed gates, and the report that the refusal left."""
    with pytest.raises(ModelRejected) as caught:
        gate_model.gate_model(choice, training)
    tags = tracking.run_tags(training.mlflow_run_id)
    assert tags["reviewloop.verdict"] == "refused"
    assert tags["reviewloop.refused_by"] == caught.value.gate
    report = s3.read_json(tags["reviewloop.gate_report_uri"])
    names = {gate["name"] for gate in report["gates"] if gate["verdict"] == "fail"}
    assert names == set(caught.value.gate.split(", "))
    return names, report


def crown(court: Court, rule: Rule) -> None:
    """A first champion that answers by ``rule``."""
    training = court.begin(court.features("champion"))
    model = court.model(training, "baseline", rule)
    tracking.set_champion(tracking.register_version(model.uri, model.mlflow_run_id, {tracking.JOB_KEY: training.job_key}).version)


def test_a_good_model_passes_and_its_report_can_be_read(court: Court) -> None:
    choice, training = tried(court, good)
    gate = gate_model.gate_model(choice, training)
    assert (gate.gate, gate.verdict, gate.reason) == ("model", "pass", "6 pass, 1 not applicable")
    assert gate_model.gate_model(choice, training) == gate
    assert tracking.run_tags(training.mlflow_run_id)["reviewloop.verdict"] == "passed"
    verdicts = {one["name"]: one["verdict"] for one in s3.read_json(gate.report_uri)["gates"]}
    assert verdicts.pop("champion_non_inferiority") == "not applicable"
    assert set(verdicts.values()) == {"pass"}
    assert gate.page_uri is not None
    assert b"Candidate accepted: baseline" in s3.read_bytes(gate.page_uri)


@pytest.mark.parametrize(
    ("rule", "gates"),
    [
        (constant, {"macro_f1_floor", "negative_recall_floor", "neutral_recall_floor"}),
        (never_neutral, {"neutral_recall_floor"}),
        (lost_in_dresses, {"worst_department_floor"}),
    ],
)
def test_a_fault_of_the_model_is_stopped_by_its_gate(court: Court, rule: Rule, gates: set[str]) -> None:
    assert refused(*tried(court, rule))[0] == gates


def test_a_leaked_row_is_stopped(court: Court) -> None:
    names, report = refused(*tried(court, good, leaked=1))
    assert names == {"no_leakage"}
    assert report["evidence"]["leakage.num_shared_texts"] == 1


def test_a_model_worse_than_the_champion_is_stopped_and_one_as_good_is_not(court: Court) -> None:
    crown(court, good)
    names, report = refused(*tried(court, a_little_worse))
    assert names == {"champion_non_inferiority"}
    assert report["models"]["champion"]["version"] == "1"
    assert report["evidence"]["champion.delta_macro_f1"] < -0.02
    assert gate_model.gate_model(*tried(court, good, name="b")).verdict == "pass"


def test_a_champion_that_cannot_be_scored_is_missing_evidence(court: Court) -> None:
    crown(court, good)
    choice, training = tried(court, good)
    del court.rules[next(uri for uri in court.rules if uri == tracking.champion().source)]
    names, report = refused(choice, training)
    assert names == {"champion_non_inferiority"}
    assert "no such artifact" in report["comparison"]


@pytest.mark.parametrize(
    ("metric", "finding"), [("f2", "no evidence: f2 was not measured"), ("precision.negative", "is not a number")]
)
def test_a_gate_without_its_evidence_fails(court: Court, monkeypatch: pytest.MonkeyPatch, metric: str, finding: str) -> None:
    def never_negative(row: int, label: int, department: str) -> int:
        return 1 if label == 0 else label

    choice, training = tried(court, never_negative)
    extra = (GateConfig(name="extra", metric=metric, min=0, reason="planted"),)
    config = load_config().model_copy(update={"gates": extra})
    monkeypatch.setattr(gate_model, "load_config", lambda: config)
    names, report = refused(choice, training)
    assert names == {"extra"}
    assert finding in report["reason"]


def test_a_warning_does_not_stop_but_shows(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    choice, training = tried(court, constant)
    config = load_config()
    soft = config.model_copy(update={"gates": tuple(gate.model_copy(update={"mode": "warn"}) for gate in config.gates)})
    monkeypatch.setattr(gate_model, "load_config", lambda: soft)
    gate = gate_model.gate_model(choice, training)
    assert gate.verdict == "warn"
    assert "3 warn" in gate.reason
