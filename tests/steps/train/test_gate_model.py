"""Each gate stops the fault it exists for, by name, and the report outlives the refusal.

Faults in trained models (label flip, quantisation damage ...) are planted in tests/local/studies/test_gate_study.py, those in
what a model understands in tests/core/behaviour/test_gates_of_behaviour.py.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from tests.helpers import released
from tests.helpers.court import Court, Rule, RuleModel, fair, good
from tests.helpers.intruder import overwrite

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.config import GateConfig
from reviewloop.errors import ModelRejected
from reviewloop.models.reader import Reading
from reviewloop.refs import ChoiceRef, ModelRef, TrainingRef
from reviewloop.steps.train import gate_model, register

pytestmark = pytest.mark.contract


def constant(row: int, label: int, department: str) -> int:
    return 2


def never_neutral(row: int, label: int, department: str) -> int:
    return 2 if label == 1 else label


def swapped_labels(row: int, label: int, department: str) -> int:
    return 2 - label


def deaf_in_tops(row: int, label: int, department: str) -> int:
    """Every complaint about one department is praise."""
    return 2 if department == "Tops" and label == 0 else label


def lost_in_dresses(row: int, label: int, department: str) -> int:
    return (label + 1) % 3 if department == "Dresses" and row % 2 else label


def a_little_worse(row: int, label: int, department: str) -> int:
    return (label + 2) % 3 if row % 10 in {3, 7} else label


@dataclass(frozen=True)
class Broken:
    """Weights that are no numbers give answers that are none."""

    form = "as_trained"

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), 3), np.nan)

    def read(self, texts: Sequence[str]) -> Reading:
        return Reading(self.predict_proba(texts), np.full((len(texts), 1), np.nan))


@dataclass(frozen=True)
class Slow:
    """Answers a batch as fast as ever, and one text after 20 ms."""

    model: RuleModel

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        if len(texts) == 1:
            time.sleep(0.02)
        return self.model.predict_proba(texts)


def tried(court: Court, rule: Rule, name: str = "a", **faults: int) -> tuple[ChoiceRef, TrainingRef]:
    """A model that answers by the rule, evaluated; ``faults`` are those of ``Court.features``."""
    training = court.begin(court.features(name, **faults))
    return court.alone(training, court.model(training, "baseline", rule)), training


def refused(choice: ChoiceRef, training: TrainingRef) -> tuple[set[str], dict]:
    """The gates that refuse, and the report that the refusal left."""
    with pytest.raises(ModelRejected) as caught:
        gate_model.gate_model(choice, training)
    tags = runs.run_tags(training.mlflow_run_id)
    assert tags["reviewloop.verdict"] == "refused"
    assert tags["reviewloop.refused_by"] == caught.value.gate
    report = s3.read_json(tags["reviewloop.gate_report_uri"])
    assert caught.value.page_uri == tags["reviewloop.gate_report_uri"].replace(".json", ".html")
    assert b'mark fail">refused<' in s3.read_bytes(caught.value.page_uri)
    names = {gate["name"] for gate in report["gates"] if gate["blocks"]}
    assert names == set(caught.value.gate.split(", "))
    return names, report


def finding(report: dict, name: str) -> str:
    return next(gate["finding"] for gate in report["gates"] if gate["name"] == name)


def crown(court: Court, rule: Rule) -> ModelRef:
    """A first champion that answers by ``rule``."""
    training = court.begin(court.features("champion"))
    model = court.model(training, "baseline", rule)
    released.release(model.uri, model.mlflow_run_id, {Tag.JOB_KEY: training.job_key})
    return model


def test_a_good_model_passes_and_its_report_can_be_read(court: Court) -> None:
    choice, training = tried(court, good)
    gate = gate_model.gate_model(choice, training)
    report = s3.read_json(gate.report_uri)
    assert (gate.gate, gate.verdict) == ("model", "pass"), [one for one in report["gates"] if one["verdict"] != "pass"]
    verdicts = {one["name"]: one["verdict"] for one in report["gates"]}
    excused = {"champion_non_inferiority", "champion_mcnemar", "better_than_baseline", "served_as_trained", "served_no_worse"}
    assert {name for name, verdict in verdicts.items() if verdict == "not applicable"} == excused
    assert {verdict for name, verdict in verdicts.items() if name not in excused} == {"pass"}
    assert gate.reason == f"{len(verdicts) - 5} pass, 5 not applicable"
    assert runs.run_tags(training.mlflow_run_id)["reviewloop.verdict"] == "passed"
    assert gate.page_uri is not None
    page = s3.read_bytes(gate.page_uri)
    assert b"Candidate: baseline" in page
    assert b"No gate refuses it" in page
    assert b"/runs/" in page, "the MLflow run is linked"


def test_a_second_try_judges_the_same(court: Court) -> None:
    choice, training = tried(court, good)
    first, second = gate_model.gate_model(choice, training), gate_model.gate_model(choice, training)
    assert (first.verdict, first.reason) == (second.verdict, second.reason)


@pytest.mark.parametrize(
    ("rule", "gates"),
    [
        (constant, {"macro_f1_floor", "negative_recall_floor", "neutral_recall_floor", "every_class_answered", "no_single_answer"}),
        (constant, {"answers_differ"}),
        (never_neutral, {"neutral_recall_floor", "every_class_answered"}),
        (swapped_labels, {"macro_f1_floor", "negative_recall_floor", "positive_recall_floor", "worst_department_floor"}),
        (lost_in_dresses, {"worst_department_floor", "slice_gap"}),
        (deaf_in_tops, {"bias_after_training"}),
    ],
)
def test_a_fault_of_the_model_is_stopped_by_its_gate(court: Court, rule: Rule, gates: set[str]) -> None:
    assert gates <= refused(*tried(court, rule))[0]


def test_weights_that_are_no_numbers_are_stopped(court: Court) -> None:
    training = court.begin()
    model = court.model(training, "baseline", good)
    court.models[model.uri] = Broken()
    names, report = refused(court.alone(training, model), training)
    assert {"answers_are_numbers", "served_answers"} <= names
    assert report["evidence"]["degenerate.num_not_finite"] == 600


@pytest.mark.parametrize(
    ("fault", "gate", "metric"),
    [("leaked", "no_leakage", "leakage.num_shared_texts"), ("near", "no_near_duplicates", "leakage.num_near_duplicates")],
)
def test_a_leaked_row_is_stopped_and_named(court: Court, fault: str, gate: str, metric: str) -> None:
    names, report = refused(*tried(court, good, **{fault: 1}))
    assert names == {gate}
    assert report["evidence"][metric] == 1
    assert "review 1" in finding(report, gate)


def test_a_model_that_is_too_sure_of_itself_is_stopped(court: Court) -> None:
    training = court.begin()
    model = court.model(training, "baseline", fair)
    court.models[model.uri] = RuleModel(fair, sureness=0.999)
    assert refused(court.alone(training, model), training)[0] == {"calibration"}


def test_a_transformer_that_is_no_better_than_the_baseline_is_stopped(court: Court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=good, transformer=good)
    assert choice.model.kind == "baseline", "the step before chooses well"
    model = court.model(training, "transformer", good)
    forced = choice.model_copy(update={"model": model, "evaluation": choice.candidates[1].evaluation})
    names, report = refused(forced, training)
    assert names == {"better_than_baseline"}
    assert finding(report, "better_than_baseline") == "baseline.delta_macro_f1_low is 0, asked more than 0"


def test_a_clearly_better_transformer_passes(court: Court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    gate = gate_model.gate_model(choice, training)
    assert s3.read_json(gate.report_uri)["evidence"]["baseline.delta_macro_f1_low"] > 0


def test_a_model_worse_than_the_champion_is_stopped_and_one_as_good_is_not(court: Court) -> None:
    crown(court, good)
    names, report = refused(*tried(court, a_little_worse))
    assert names == {"champion_non_inferiority"}
    assert report["models"]["champion"]["version"] == "1"
    assert report["evidence"]["champion.delta_macro_f1_low"] < -0.05
    assert "McNemar" in report["comparison"]
    assert next(gate["verdict"] for gate in report["gates"] if gate["name"] == "champion_mcnemar") == "warn"
    assert gate_model.gate_model(*tried(court, good, name="b")).verdict == "pass"


def test_a_champion_that_cannot_be_scored_is_missing_evidence(court: Court) -> None:
    champion = crown(court, good)
    choice, training = tried(court, good)
    del court.models[champion.uri]
    names, report = refused(choice, training)
    assert names == {"champion_non_inferiority"}
    assert "no such artifact" in report["comparison"]
    assert "no such artifact" in finding(report, "champion_non_inferiority")


def other_artifact(court: Court, choice: ChoiceRef, training: TrainingRef) -> ChoiceRef:
    """Another model of the same job takes the candidate's place."""
    return choice.model_copy(update={"model": court.model(training, "baseline", good, num_bytes=1)})


def another_digest(court: Court, choice: ChoiceRef, training: TrainingRef) -> ChoiceRef:
    return choice.model_copy(update={"model": choice.model.model_copy(update={"digest": "0" * 64})})


def damaged_bytes(court: Court, choice: ChoiceRef, training: TrainingRef) -> ChoiceRef:
    overwrite(f"{choice.model.uri}/model.json", b"{}")
    return choice


def replaced_artifact(court: Court, choice: ChoiceRef, training: TrainingRef) -> ChoiceRef:
    """Other files under the same address, whole in themselves."""
    other = court.model(training, "baseline", good, num_bytes=2)
    for name in ("model.json", artifacts.MANIFEST):
        overwrite(f"{choice.model.uri}/{name}", s3.read_bytes(f"{other.uri}/{name}"))
    return choice


@pytest.mark.parametrize("swap", [other_artifact, another_digest, damaged_bytes, replaced_artifact])
def test_only_the_artifact_that_was_evaluated_may_be_served(court: Court, swap: Callable[..., ChoiceRef]) -> None:
    choice, training = tried(court, good)
    assert "served_form" in refused(swap(court, choice, training), training)[0]
    assert registry.versions() == []


def test_a_served_form_that_answers_otherwise_is_stopped(court: Court) -> None:
    choice, training = tried(court, good)
    court.models[choice.model.uri] = RuleModel(fair)
    names, report = refused(choice, training)
    assert names == {"served_answers"}
    assert report["evidence"]["served.max_probability_gap"] == pytest.approx(0.7)


def test_a_slow_model_is_stopped(court: Court) -> None:
    court.gate("served_latency", max=10.0)
    choice, training = tried(court, good)
    assert gate_model.gate_model(choice, training).verdict == "pass"
    court.models[choice.model.uri] = Slow(RuleModel(good))
    names, report = refused(choice, training)
    assert names == {"served_latency"}
    assert report["evidence"]["served.latency_median_ms"] >= 20


def test_a_huge_model_is_stopped(court: Court) -> None:
    court.gate("served_size", max=1.0)
    training = court.begin()
    names, report = refused(court.alone(training, court.model(training, "baseline", good, num_bytes=1_100_000)), training)
    assert names == {"served_size"}
    assert report["evidence"]["served.size_mb"] == pytest.approx(1.1, abs=0.01)


def test_stale_data_is_stopped(court: Court) -> None:
    choice, training = tried(court, good)
    court.curate("2026-01-15")
    assert gate_model.gate_model(choice, training).verdict == "pass"
    court.curate("2026-01-16")
    names, report = refused(choice, training)
    assert names == {"fresh_data"}
    assert "curated are days up to 2026-01-16" in finding(report, "fresh_data")
    assert "build the features again (trigger reviews_features), then train" in finding(report, "fresh_data")


@pytest.mark.parametrize("value", ["", "unknown"])
def test_a_missing_fact_of_the_lineage_is_stopped_and_named(court: Court, value: str) -> None:
    choice, training = tried(court, good)
    runs.set_tags(training.mlflow_run_id, {"reviewloop.git_commit": value})
    names, report = refused(choice, training)
    assert names == {"lineage_complete"}
    assert "git_commit; outside of git, give the commit in REVIEWLOOP_GIT_COMMIT" in finding(report, "lineage_complete")


@pytest.mark.parametrize(
    ("metric", "words"), [("f2", "no evidence: f2 was not measured"), ("precision.negative", "is not a number")]
)
def test_a_gate_without_its_evidence_fails(court: Court, metric: str, words: str) -> None:
    def never_negative(row: int, label: int, department: str) -> int:
        return 1 if label == 0 else label

    extra = GateConfig(name="extra", measures="planted", metric=metric, min=0, reason="planted")
    court.config = court.config.model_copy(update={"gates": (extra,)})
    names, report = refused(*tried(court, never_negative))
    assert names == {"extra"}
    assert words in report["reason"]


@pytest.mark.parametrize(("unsure", "refuses"), [("fail", True), ("pass", False)])
def test_a_gate_with_too_few_rows_says_so_and_does_what_its_owner_chose(court: Court, unsure: str, refuses: bool) -> None:
    court.gate("negative_recall_floor", min_rows=101, unsure=unsure)
    choice, training = tried(court, good)
    if refuses:
        names, report = refused(choice, training)
        assert names == {"negative_recall_floor"}
    else:
        gate = gate_model.gate_model(choice, training)
        report = s3.read_json(gate.report_uri)
        assert gate.verdict == "warn"
    found = next(one for one in report["gates"] if one["name"] == "negative_recall_floor")
    assert found["verdict"] == "not enough evidence"
    assert "support.negative is 100, too few" in found["finding"]


def test_a_warning_does_not_stop_but_shows(court: Court) -> None:
    for gate in court.config.gates:
        if gate.mode == "enforce":
            court.gate(gate.name, mode="warn")
    gate = gate_model.gate_model(*tried(court, constant))
    assert gate.verdict == "warn"
    verdicts = {one["name"]: one["verdict"] for one in s3.read_json(gate.report_uri)["gates"]}
    assert (verdicts["every_class_answered"], verdicts["macro_f1_floor"]) == ("warn", "warn")


def test_what_was_judged_is_what_is_registered(court: Court) -> None:
    choice, training = tried(court, good)
    found = register.register(choice, gate_model.gate_model(choice, training), training)
    assert found.model_uri == choice.model.uri
    assert s3.read_json(found.gate_report_uri)["evidence"]["served.same_artifact"] == 1


def test_a_served_form_that_answers_otherwise_is_stopped_by_name(court: Court) -> None:
    def clumsy(row: int, label: int, department: str) -> int:
        return (label + 1) % 3 if row % 40 == 5 else good(row, label, department)

    for name in ("served_as_trained", "served_no_worse"):
        court.gate(name, min_rows=100)
    training = court.begin()
    model = court.model(training, "transformer", clumsy)
    court.models[model.uri] = RuleModel(clumsy, form="openvino_int8")
    court.others[model.uri] = RuleModel(good)
    with pytest.raises(ModelRejected) as refused:
        gate_model.gate_model(court.alone(training, model), training)
    assert {"served_as_trained", "served_no_worse"} <= set(refused.value.args[0].split(": ")[0].replace("gate ", "").split(", "))


def test_a_served_form_whose_other_one_was_not_evaluated_is_stopped_by_name(court: Court) -> None:
    court.gate("served_as_trained", min_rows=100)
    training = court.begin()
    model = court.model(training, "transformer", good)
    court.models[model.uri] = RuleModel(good, form="openvino_int8")
    with pytest.raises(ModelRejected, match="served_as_trained"):
        gate_model.gate_model(court.alone(training, model), training)
