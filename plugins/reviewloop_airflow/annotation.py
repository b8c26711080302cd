"""The task that shows a queue of texts to a person, a form with a field for each, and keeps the answers in the ledger."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException

from reviewloop.adapters.annotation import queues
from reviewloop.config import load_config
from reviewloop.errors import Refused
from reviewloop.pages.annotation import question
from reviewloop.refs import QueueRef
from reviewloop.steps.annotation.record_labels import record_labels
from reviewloop_airflow.links import report_url
from reviewloop_airflow.patience import insisting
from reviewloop_airflow.questions import put

PROPOSE: Final = "propose_queue"
"""The task whose queue this one shows."""


class QueueForm(HITLOperator):
    """A drop-down for each text, which stands beside it; what is left empty is asked again another time.

    Nobody's silence and **Not now** skip the task: there is no answer in them. An answer by somebody who may not give one fails it.
    """

    KEEP: Final = "Keep these labels"
    LATER: Final = "Not now"

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {
            "subject": "Which sentiment do these texts have?",
            "options": [self.KEEP, self.LATER],
            # Without one Airflow would take the task's own time limit for it.
            "response_timeout": timedelta(seconds=load_config().annotation.wait_seconds),
            **kwargs,
        }
        super().__init__(**given)

    def execute(self, context: Any) -> Any:
        """Put the question, and wait. Raises ``Refused`` where Airflow would show an earlier one."""
        queue = _queue(context)
        of = insisting(lambda: queues.open_queue(queue.digest[:16]))
        shown = insisting(lambda: queues.with_words(of))
        self.params = ParamsDict({name: Param(None, **field) for name, field in question.fields(shown).items()})
        self.subject = question.subject(len(shown))
        self.body = question.body(of.told["guideline"], report_url(queue.page_uri))
        stored = put(self, context["task_instance"].id)
        if (stored.subject, stored.body, _schemas(stored.params)) != (self.subject, self.body, _schemas(self.serialized_params)):
            raise Refused(
                "Airflow still shows the queue that was asked here first, and an answer must be to what is shown: start a new run "
                "of reviews_annotate by hand"
            )
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Called by Airflow once there is an answer, or the time is up; gives how many labels are new."""
        if event.get("error_type") == "timeout":
            raise AirflowSkipException("nobody answered in time: what was asked is asked again with the next queue")
        if "error" in event:
            self.process_trigger_event_error(event)
        self.validate_chosen_options(event["chosen_options"])
        if self.LATER in event["chosen_options"]:
            raise AirflowSkipException("not now: what was asked is asked again with the next queue")
        queue, user = _queue(context), event["responded_by_user"]
        if not user:
            raise Refused("Airflow does not tell who answered: answer as a user who is logged in")
        of = insisting(lambda: queues.open_queue(queue.digest[:16]))
        labels = question.labels([item.item for item in of.items], event.get("params_input") or {})
        # Run again, the question would be put again: the person has answered.
        num = insisting(lambda: record_labels(queue, str(user["name"]), event["responded_at"].isoformat(), labels, "airflow"))
        self.log.info("%d of %d labels are new", num, len(labels))
        return num


def _queue(context: Any) -> QueueRef:
    return QueueRef.model_validate(context["ti"].xcom_pull(task_ids=PROPOSE))


def _schemas(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a form shows of each field."""
    return {name: dict(one)["schema"] for name, one in (params or {}).items()}


def reviewers() -> list[dict[str, str]] | None:
    """Whom Airflow lets answer; None for whoever may edit the run."""
    return [{"id": name, "name": name} for name in load_config().annotation.reviewers] or None
