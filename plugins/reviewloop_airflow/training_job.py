"""The fine-tune as a task: it follows a job on this machine, and waits for one on AWS without holding a worker."""

import logging
from typing import Any, Final

from reviewloop.config import load_config
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.settings import settings
from reviewloop.steps.train.finetune import cancel, collect, is_running, submit
from reviewloop_airflow.patience import waiting_out
from reviewloop_airflow.wiring import StepOperator, worked

log = logging.getLogger(__name__)

POOL: Final = "training"
"""The Airflow pool whose slots are the fine-tunes that may run at a time: one a GPU (or machine). A deferred one counts."""

PLACE: Final[dict[str, Any]] = {"pool": POOL, "queue": settings().training_queue}
"""Where in Airflow a fine-tune may run, as arguments of the task."""


_BY_A_PERSON: Final = frozenset({"success", "failed", "skipped", "removed", "restarting"})
"""States of a task under a try that still runs: marked so, or cleared (``restarting``). A lost one is up for retry."""


class TrainingJobOperator(StepOperator):
    """Runs the step ``finetune`` in its parts: submits, waits, collects.

    A second try of the task, after a crash of whatever part of Airflow, submits again, which finds the job by its key. A
    person who marks or clears the task ends the job.
    """

    job_id: str | None = None
    run_id: str | None = None

    def execute(self, context: Any) -> Any:
        """Submit; wait here where the job is on this machine, else in the triggerer."""
        self.run_id = str(context["run_id"])
        (training,) = self.op_args
        with worked(), waiting_out(context):
            self.job_id = submit(training)
            return self._wait_or_collect(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Back from the triggerer. The event says to which job something happened, the backend says what."""
        self.log.info("back from waiting: %s", event)
        self.run_id = str(context["run_id"])
        self.job_id = event.get("job_id") or event["job_name"]  # as Batch's trigger and SageMaker's call it
        with waiting_out(context):
            return self._wait_or_collect(context)

    def on_kill(self) -> None:
        """Airflow ends this try while it waits here. The job is ended with it only where a person marked or cleared the task.

        A try is ended, too, when its heartbeats went unanswered or its worker is told to stop; Airflow says no word of why. Then
        the job lives on, and the next try finds it. So the task's state is asked for; no answer is nobody's wish.
        """
        if self.job_id and self.run_id and _state_now(self.dag_id, self.task_id, self.run_id) in _BY_A_PERSON:
            cancel(self.job_id)

    def _wait_or_collect(self, context: Any) -> Any:
        kind = load_config().training.backend.kind
        if self.job_id and kind != "local" and is_running(self.job_id):
            from reviewloop_airflow.training_triggers import trigger_for

            trigger = trigger_for(kind, self.job_id)
            self.defer(trigger=trigger, method_name=self.execute_complete.__name__)

        def collected(training: TrainingRef) -> ModelRef:
            return collect(training, self.job_id)

        self.python_callable = collected
        return super().execute(context)


def _state_now(dag_id: str, task_id: str, run_id: str) -> str | None:
    """The task's state as Airflow's server has it; ``None`` where it does not answer."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    try:
        states = RuntimeTaskInstance.get_task_states(dag_id=dag_id, task_ids=[task_id], run_ids=[run_id])
    except Exception as error:
        log.warning("the state of %s.%s is not known, so its job lives on: %s", dag_id, task_id, error)
        return None
    return states.get(run_id, {}).get(task_id)
