"""The fine-tune as a task: it follows a job on this machine, and waits for one on AWS without holding a worker."""

from typing import Any, Final

from reviewloop.config import load_config
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.settings import settings
from reviewloop.steps.train.finetune import cancel, collect, is_running, submit
from reviewloop_airflow.notify import notify_warnings
from reviewloop_airflow.wiring import StepOperator

POOL: Final = "training"
"""The Airflow pool whose slots are the fine-tunes that may run at a time: one a GPU (or machine). A deferred one counts."""

PLACE: Final[dict[str, Any]] = {"pool": POOL, "queue": settings().training_queue}
"""Where in Airflow a fine-tune may run, as arguments of the task."""


class TrainingJobOperator(StepOperator):
    """Runs the step ``finetune`` in its parts: submits, waits, collects.

    A second try of the task, after a crash of whatever part of Airflow, submits again, which finds the job by its key. A
    person who marks or clears the task ends the job.
    """

    job_id: str | None = None

    def execute(self, context: Any) -> Any:
        """Submit; wait here where the job is on this machine, else in the triggerer."""
        (training,) = self.op_args
        self.job_id = submit(training)
        return self._wait_or_collect(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Back from the triggerer. The event says to which job something happened, the backend says what."""
        self.log.info("back from waiting: %s", event)
        self.job_id = event.get("job_id") or event["job_name"]  # as Batch's trigger and SageMaker's call it
        return self._wait_or_collect(context)

    def on_kill(self) -> None:
        """The task is being ended while it waits here: so is its job."""
        if self.job_id:
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
        model: ModelRef = super().execute(context)
        notify_warnings(context, model.warnings)
        return model
