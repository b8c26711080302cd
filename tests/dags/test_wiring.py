"""What ``step`` makes of a function, run as Airflow runs it: in memory, without a scheduler."""

import time
import traceback
from types import SimpleNamespace

import pytest
from airflow.sdk import DAG, Asset, RetryAction
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSkipException

from reviewloop.adapters.lake import s3
from reviewloop.errors import (
    ConfigError,
    DataRejected,
    JobFailed,
    ModelRejected,
    NothingToDo,
    Refused,
    TransientError,
    Unavailable,
)
from reviewloop.refs import CandidateRef, ChoiceRef, CuratedRef, EvaluationRef, GateRef, JudgedRef, ModelRef, ReadingRef
from reviewloop.settings import settings
from reviewloop_airflow.defaults import DEFAULT_ARGS, RETRY_POLICY
from reviewloop_airflow.wiring import FromRun, ReportLink, ReusedLink, step

CURATED = CuratedRef(day="2026-01-02", batch="b", uri="u", digest="d", num_landed=3, num_rows=2, num_quarantined=1)
PAGE = f"s3://{settings().bucket}/reports/quality/day=2026-01-02/ab/index.html"
PATH = "/reviewloop/pages/reports/quality/day=2026-01-02/ab/index.html"


def made(function, *args, **task_kwargs):
    """The operator that ``step(function, ...)(*args)`` becomes in a DAG."""
    with DAG("d", schedule=None, default_args=DEFAULT_ARGS):
        return step(function, **task_kwargs)(*args).operator


def run(operator, context):
    """Execute it; the check that only a worker calls this is left out."""
    return type(operator).execute.__wrapped__(operator, context)


@pytest.fixture
def context():
    events = {}

    class Events(dict):
        def __missing__(self, asset):
            return events.setdefault(asset.name, SimpleNamespace(extra={}))

    return {"outlet_events": Events(), "events": events, "run_id": "manual__1"}


def test_a_step_keeps_its_name_and_documents_its_task():
    def check_bias():
        """Measure it.

        In depth.
        """

    operator = made(check_bias)
    assert (operator.task_id, operator.task_display_name) == ("check_bias", "Check bias")
    assert operator.doc_md == "Measure it.\n\nIn depth."


def test_a_page_that_a_step_makes_links_the_run_that_made_it(context):
    from reviewloop.pages.links import Links

    def show():
        """Show."""
        seen.append(Links(3).dag_run)

    seen = []
    run(made(show), context)
    assert seen == ["dags/d/runs/manual__1"]
    assert Links(3).dag_run == ""


def test_the_log_says_what_of_a_tasks_time_was_the_steps_own(context, caplog):
    def land():
        time.sleep(0.05)
        raise NothingToDo("nothing came")

    caplog.set_level("INFO")
    with pytest.raises(AirflowSkipException):
        run(made(land), context)
    (said,) = [line for line in caplog.messages if line.startswith("worked for ")]
    assert 0.05 <= float(said.split()[2]) < 5


def test_one_step_can_be_two_tasks():
    def evaluate():
        """Metrics."""

    assert made(evaluate, task_id="evaluate_baseline").task_id == "evaluate_baseline"


def test_nothing_to_do_skips_the_task_with_the_reason(context):
    def announce():
        raise NothingToDo("too little is new")

    with pytest.raises(AirflowSkipException, match="^too little is new$"):
        run(made(announce), context)


def test_the_returned_ref_is_the_extra_of_the_outlets_event(context):
    def check_counts():
        return CURATED

    assert run(made(check_counts, outlets=[Asset("curated")]), context) == CURATED
    assert CuratedRef.model_validate(context["events"]["curated"].extra) == CURATED


def test_a_skipped_step_leaves_no_event_behind(context):
    def check_counts():
        raise NothingToDo("no")

    with pytest.raises(AirflowSkipException):
        run(made(check_counts, outlets=[Asset("curated")]), context)
    assert context["events"] == {}


def test_a_passed_gate_links_to_its_page(context):
    def validate():
        return GateRef(gate="quality", verdict="pass", reason="ok", report_uri="s3://x/r.json", page_uri=PAGE)

    operator = made(validate)
    assert ReportLink().get_link(operator, ti_key=None) == ""
    run(operator, context)
    assert ReportLink().get_link(operator, ti_key=None) == PATH


def test_what_a_step_warns_of_is_told_once(context, monkeypatch):
    told = []
    monkeypatch.setattr("reviewloop_airflow.wiring.notify_warnings", lambda context, warnings, page: told.extend([*warnings, page]))

    def read_with_champion():
        return ReadingRef(
            day="2026-01-02", model_version="1", verdict="warn", reason="odd", warnings=("odd",), report_uri="r", page_uri=PAGE
        )

    operator = made(read_with_champion)
    run(operator, context)
    assert told == ["odd", PAGE]
    assert ReportLink().get_link(operator, ti_key=None) == PATH


@pytest.mark.parametrize(("uri", "link"), [(PAGE, PATH), ("s3://elsewhere/reports/x.html", ""), ("fine", "")])
def test_a_step_may_return_its_page_itself(context, uri, link):
    def pick_helpful():
        return uri

    operator = made(pick_helpful)
    assert run(operator, context) == uri
    assert ReportLink().get_link(operator, ti_key=None) == link


@pytest.mark.parametrize(
    ("page", "name"), [({"page_uri": s3.lake_uri("reports/model/k/report.html")}, "report.html"), ({}, "report.json")]
)
def test_a_registered_model_links_to_the_page_of_its_gates(context, page, name):
    def register():
        uri = s3.lake_uri("reports/model/k/report.json")
        return CandidateRef(version="3", kind="baseline", job_key="k", model_uri="u", macro_f1=0.7, gate_report_uri=uri, **page)

    operator = made(register)
    run(operator, context)
    assert ReportLink().get_link(operator, ti_key=None) == f"/reviewloop/pages/reports/model/k/{name}"


@pytest.mark.parametrize("refusal", [DataRejected, ModelRejected])
def test_a_gate_that_refuses_links_to_its_page_and_still_fails(context, refusal):
    def validate():
        raise refusal("quality", "bad", PAGE)

    operator = made(validate)
    with pytest.raises(refusal, match="quality: bad"):
        run(operator, context)
    assert ReportLink().get_link(operator, ti_key=None) == PATH


def test_a_planned_refusal_is_told_without_the_way_through_our_code_and_a_fault_with_it(context):
    def validate(error):
        raise error

    for error, ours in ((ModelRejected("floor", "low", PAGE), False), (Refused("ask again"), False), (ConfigError("wrong"), True)):
        with pytest.raises(type(error)) as caught:
            run(made(validate, error), context)
        frames = [frame.name for frame in traceback.extract_tb(caught.tb)]
        assert ("validate" in frames) == ours


def test_every_step_can_show_a_report_button():
    def land():
        """Copy."""

    links = [(link.name, link.xcom_key) for link in made(land).operator_extra_links]
    assert links == [("Report", "report_link"), ("Reused from", "reused_link")]


@pytest.mark.parametrize(
    ("made_by", "link"), [("scheduled__2026-01-01T02:00:00+00:00", "/dags/d/runs/scheduled__2026-01-01T02%3A00%3A00%2B00%3A00"),
                          ("manual__1", ""), ("", "")]
)  # fmt: skip
def test_a_model_of_another_run_links_to_it_and_one_of_this_run_does_not(context, made_by, link):
    def train_baseline():
        return ModelRef(kind="baseline", uri="u", digest="d", job_key="k", mlflow_run_id="r", made_by=made_by)

    operator = made(train_baseline)
    assert ReusedLink().get_link(operator, ti_key=None) == ""
    run(operator, context)
    assert ReusedLink().get_link(operator, ti_key=None) == link


def test_a_skipped_training_links_to_the_run_whose_result_stands(context):
    def begin_training():
        raise NothingToDo("nothing changed", "manual__7")

    operator = made(begin_training)
    with pytest.raises(AirflowSkipException, match="^nothing changed$"):
        run(operator, context)
    assert ReusedLink().get_link(operator, ti_key=None) == "/dags/d/runs/manual__7"


def test_an_argument_from_the_run_is_asked_for_on_the_worker():
    def train(trigger):
        """Train."""

    operator = made(train, FromRun(lambda context: context["why"]))
    operator.render_template_fields({"why": "drift"})
    assert operator.op_args == ["drift"] or operator.op_args == ("drift",)


def test_arguments_in_a_list_are_asked_for_too():
    def choose(models):
        """Choose."""

    operator = made(choose, [FromRun(lambda context: context["a"]), FromRun(lambda context: context["b"])])
    operator.render_template_fields({"a": 1, "b": 2})
    assert list(operator.op_args) == [[1, 2]]


def test_a_choice_among_any_number_passes_through_xcom():
    from airflow.sdk.serde import deserialize, serialize

    def judged(kind, to_beat=False):
        model = ModelRef(kind=kind, uri="u", digest="d", job_key="k", mlflow_run_id="r")
        recall = {"negative": 0.5}
        evaluation = EvaluationRef(
            kind=kind, report_uri="u", predictions_uri="p", num_rows=3, accuracy=0.5, macro_f1=0.5, recall=recall
        )
        return JudgedRef(model=model, evaluation=evaluation, to_beat=to_beat)

    candidates = judged("baseline", to_beat=True), judged("transformer"), judged("other")
    choice = ChoiceRef(model=candidates[2].model, evaluation=candidates[2].evaluation, candidates=candidates, reason="best")
    assert ChoiceRef.model_validate(deserialize(serialize(choice))) == choice


def test_a_run_goes_on_with_what_another_version_stored():
    from airflow.sdk.serde import deserialize, serialize

    ref = ModelRef(kind="baseline", uri="u", digest="d", job_key="k", mlflow_run_id="r")
    stored = serialize(ref)
    assert stored["__classname__"] == "reviewloop.refs.ModelRef", "a class's module may change, its name in XCom may not"
    assert deserialize(stored) == ref


def test_a_service_that_is_away_is_waited_out(context):
    def score():
        raise Unavailable("look up s3://lake: no answer from AWS")

    context["ti"] = SimpleNamespace(get_first_reschedule_date=lambda _: None)
    with pytest.raises(AirflowRescheduleException):
        run(made(score), context)


def test_a_lake_that_is_away_while_an_argument_is_read_is_waited_out(context):
    def away(context):
        raise Unavailable("read it: no answer from AWS")

    def score(day):
        pytest.fail("it was run without its argument")

    context["ti"] = SimpleNamespace(get_first_reschedule_date=lambda _: None)
    with pytest.raises(AirflowRescheduleException):
        made(score, FromRun(away)).render_template_fields(context)


def test_an_argument_from_the_run_looks_the_same_at_every_parse():
    def why(context):
        return context

    assert str(FromRun(why)) == str(FromRun(why))
    assert "0x" not in str(FromRun(why))


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (TransientError("throttled"), RetryAction.RETRY),
        (DataRejected("quality", "bad"), RetryAction.FAIL),
        (ModelRejected("floor", "low"), RetryAction.FAIL),
        (ConfigError("wrong"), RetryAction.FAIL),
        (JobFailed("died"), RetryAction.FAIL),
        (RuntimeError("anything else"), RetryAction.DEFAULT),
    ],
)
def test_errors_say_what_the_scheduler_does(error, action):
    assert RETRY_POLICY.evaluate(error, try_number=1, max_tries=3).action is action
