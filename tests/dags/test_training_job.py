"""The fine-tune's operator: what it does itself, what it leaves to the triggerer, and how it comes back."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowRescheduleException, TaskDeferred
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.module_loading import import_string

from reviewloop.config import load_config
from reviewloop.errors import JobFailed, TransientError, Unavailable
from reviewloop.refs import ModelRef
from reviewloop.settings import settings
from reviewloop_airflow import training_job, training_triggers
from reviewloop_airflow.defaults import DEFAULT_ARGS
from reviewloop_airflow.training_job import PLACE, POOL, TrainingJobOperator
from reviewloop_airflow.training_triggers import BatchTrainingTrigger, SageMakerJobTrigger, trigger_for
from reviewloop_airflow.wiring import ReportLink, step
from reviewloop_local.stack import stack

PAGE = f"s3://{settings().bucket}/reports/training/ab/index.html"
MODEL = ModelRef(kind="transformer", uri="u", digest="d", job_key="k", mlflow_run_id="r", page_uri=PAGE)


class Jobs:
    """The step's parts, with a job that is where the test says."""

    def __init__(self) -> None:
        self.running = False
        self.outcome: ModelRef | Exception = MODEL
        self.calls: list[tuple[str, object]] = []

    def submit(self, training):
        self.calls.append(("submit", training))
        return "job-1"

    def is_running(self, job_id):
        return self.running

    def collect(self, training, job_id):
        self.calls.append(("collect", job_id))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def cancel(self, job_id):
        self.calls.append(("cancel", job_id))


@pytest.fixture
def jobs(monkeypatch):
    fake = Jobs()
    for name in ("submit", "is_running", "collect", "cancel"):
        monkeypatch.setattr(training_job, name, getattr(fake, name))
    monkeypatch.setattr(training_triggers, "cancel", fake.cancel)
    return fake


@pytest.fixture
def place(monkeypatch):
    """``place("sagemaker")``: where the configuration says the fine-tune runs."""

    def at(kind):
        loaded = load_config()
        backend = loaded.training.backend.model_copy(update={"kind": kind})
        room = loaded.training.model_copy(update={"backend": backend})
        monkeypatch.setattr(training_job, "load_config", lambda: loaded.model_copy(update={"training": room}))

    return at


@pytest.fixture
def operator():
    def finetune(training):
        """Fine-tune."""

    with DAG("d", schedule=None, default_args=DEFAULT_ARGS):
        return step(finetune, TrainingJobOperator, **PLACE)("a training").operator


def context():
    ti = SimpleNamespace(dag_id="d", task_id="finetune", run_id="r", get_first_reschedule_date=lambda _: None)
    return {"outlet_events": {}, "run_id": "r", "ti": ti}


def execute(operator):
    return type(operator).execute.__wrapped__(operator, context())


def test_a_local_job_is_followed_in_the_task(jobs, place, operator):
    place("local")
    jobs.running = True
    assert execute(operator) == MODEL
    assert jobs.calls == [("submit", "a training"), ("collect", "job-1")]
    assert ReportLink().get_link(operator, ti_key=None) == "/reviewloop/pages/reports/training/ab/index.html"


@pytest.mark.parametrize(("kind", "trigger"), [("sagemaker", SageMakerJobTrigger), ("batch", BatchTrainingTrigger)])
def test_a_job_on_aws_is_waited_for_without_a_worker(jobs, place, operator, kind, trigger):
    place(kind)
    jobs.running = True
    with pytest.raises(TaskDeferred) as deferred:
        execute(operator)
    assert type(deferred.value.trigger) is trigger
    assert deferred.value.method_name == "execute_complete"
    assert "job-1" in deferred.value.trigger.serialize()[1].values()
    assert jobs.calls == [("submit", "a training")]


def test_back_from_waiting_it_collects_and_never_submits_again(jobs, place, operator):
    place("sagemaker")
    assert operator.execute_complete(context(), {"status": "failed", "job_name": "job-1"}) == MODEL
    assert jobs.calls == [("collect", "job-1")], "the backend says how the job ended, not the event"


def test_an_event_while_the_job_still_runs_means_waiting_on(jobs, place, operator):
    place("batch")
    jobs.running = True
    with pytest.raises(TaskDeferred):
        operator.execute_complete(context(), {"status": "error", "job_id": "job-1"})
    assert jobs.calls == []


def test_a_job_that_had_ended_before_is_collected_at_once(jobs, place, operator):
    place("sagemaker")
    assert execute(operator) == MODEL


def test_a_job_that_failed_links_to_its_report(jobs, place, operator):
    place("sagemaker")
    jobs.outcome = JobFailed("no", PAGE)
    with pytest.raises(JobFailed):
        operator.execute_complete(context(), {"status": "failed", "job_name": "job-1"})
    assert ReportLink().get_link(operator, ti_key=None) == "/reviewloop/pages/reports/training/ab/index.html"


def state_is(monkeypatch, state):
    def states(**asked):
        if state is None:
            raise ConnectionError("no answer")
        assert asked == {"dag_id": "d", "task_ids": ["finetune"], "run_ids": ["r"]}
        return {"r": {"finetune": state}}

    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(states))


@pytest.mark.parametrize("state", ["success", "failed", "restarting"])
def test_a_task_that_a_person_ends_ends_its_job(jobs, place, operator, monkeypatch, state):
    state_is(monkeypatch, state)
    place("local")
    operator.on_kill()
    assert jobs.calls == [], "before there is one there is nothing to end"
    jobs.outcome = TransientError("cancelled")
    with pytest.raises(TransientError):
        execute(operator)
    operator.on_kill()
    assert jobs.calls[-1] == ("cancel", "job-1")


@pytest.mark.parametrize("state", [None, "running", "up_for_retry", "queued"])
def test_a_task_that_airflow_lost_sight_of_leaves_its_job_running(jobs, place, operator, monkeypatch, state):
    state_is(monkeypatch, state)
    place("local")
    jobs.outcome = TransientError("cut off")
    with pytest.raises(TransientError):
        execute(operator)
    operator.on_kill()
    assert ("cancel", "job-1") not in jobs.calls


def test_a_backend_that_does_not_answer_is_waited_out(jobs, place, operator):
    place("batch")
    jobs.outcome = Unavailable("Batch is away")
    with pytest.raises(AirflowRescheduleException):
        operator.execute_complete(context(), {"status": "failed", "job_name": "job-1"})


@pytest.mark.parametrize("kind", ["sagemaker", "batch"])
def test_a_waiting_task_that_a_person_ends_ends_its_job(jobs, kind):
    asyncio.run(trigger_for(kind, "job-1").on_kill())
    assert jobs.calls == [("cancel", "job-1")]


@pytest.mark.parametrize("kind", ["sagemaker", "batch"])
def test_another_triggerer_can_take_the_waiting_over(kind):
    trigger = trigger_for(kind, "job-1")
    path, arguments = trigger.serialize()
    again = import_string(path)(**arguments)
    assert again.serialize() == (path, arguments)
    assert arguments["aws_conn_id"] is None


def test_warnings_of_the_watch_are_sent_and_silence_is_not(jobs, place, operator, monkeypatch):
    place("local")
    sent = []
    monkeypatch.setattr("reviewloop_airflow.notify.tell", lambda found: sent.append((found.title, found.lines)))
    execute(operator)
    assert sent == []
    jobs.outcome = MODEL.model_copy(update={"warnings": ("overfit at step 7: it is", "dead_neurons at step 9: they are")})
    execute(operator)
    assert sent == [("d.finetune warns", ("overfit at step 7: it is", "dead_neurons at step 9: they are"))]


def test_the_pool_that_the_task_waits_in_is_made_wherever_airflow_is_set_up(dags):
    root = Path(__file__).resolve().parents[2]
    pools = {task.pool for dag in dags.values() for task in dag.tasks} - {"default_pool"}
    assert pools == {POOL} == {stack.POOL}
    assert f"airflow pools set {POOL} " in (root / "deploy" / "init.sh").read_text()
