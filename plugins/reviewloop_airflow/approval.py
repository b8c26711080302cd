"""The task that waits for a person, and keeps the answer in the ledger before anything follows from it."""

from typing import Any, Final

from airflow.providers.standard.operators.hitl import ApprovalOperator

from reviewloop.config import load_config
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release.record_answer import Answer, record_answer
from reviewloop_airflow.patience import insisting

ASK: Final = "ask"
"""The task whose question this one puts."""


class ReleaseApproval(ApprovalOperator):
    """Airflow's approval; a yes, a no and nobody's silence are each an event of the ledger, with who and when."""

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """As Airflow does, before the question and once more after the answer. The words are in the lake, which may be away."""
        insisting(lambda: super(ReleaseApproval, self).render_template_fields(context, jinja_env))

    def execute(self, context: Any) -> Any:
        """Put the question, and wait. Raises ``Refused`` where Airflow would show an earlier one in its place.

        A task that is cleared keeps the text that it showed first, whatever it would show now
        (``findings/airflow-cleared-question-shows-the-old-text.sh``).
        """
        shown = self._put(context["task_instance"].id)
        if (shown.subject, shown.body) != (self.subject, self.body):
            raise Refused(
                "Airflow still shows the question that was asked here first, and an answer must be to what is shown: start a new "
                "run of sentiment_release by hand"
            )
        return super().execute(context)

    def _put(self, ti_id: Any) -> Any:
        """The question as Airflow has stored it; Airflow's own call tells nothing back."""
        from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

        return SUPERVISOR_COMMS.send(
            CreateHITLDetailPayload(
                ti_id=ti_id, options=self.options, subject=self.subject, body=self.body, defaults=self.defaults,
                multiple=self.multiple, params=self.serialized_params, assigned_users=self.assigned_users or [],
            )
        )  # fmt: skip

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Called by Airflow once there is an answer, or the time is up."""
        question = QuestionRef.model_validate(context["ti"].xcom_pull(task_ids=ASK))
        waited = f"nobody answered within {load_config().release.approval_timeout_seconds:g} s"
        if "error" in event:
            if event["error_type"] == "timeout":
                insisting(lambda: record_answer(question, "unanswered", None, "", waited))
        else:
            answer: Answer = "approved" if event["chosen_options"] == [self.APPROVE] else "rejected"
            user = event["responded_by_user"]
            by, note = (str(user["name"]), "") if user else (None, f"{waited}: {answer} by timeout")
            # A task that slept would begin anew and ask again: the person has answered.
            insisting(lambda: record_answer(question, answer, by, event["responded_at"].isoformat(), note))
        return super().execute_complete(context, event)
