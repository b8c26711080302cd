"""The task that waits for a person, and keeps the answer in the ledger before anything follows from it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param

from reviewloop.config import load_config
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.release.record_answer import Answer, record_answer
from reviewloop.steps.release.require_open import require_open
from reviewloop_airflow.patience import insisting
from reviewloop_airflow.questions import put

ASK: Final = "ask"
"""The task whose question this one puts."""
_MAX_REASON: Final = 2000
"""Characters."""


class ReleaseApproval(ApprovalOperator):
    """Airflow's approval with a third answer, **Send back**, and a reason; each answer, and nobody's silence, is an event of the
    ledger, with who, when and why.

    Who decides in silence, and after how long, is asked when the question is put, and once more when the time is up: the level of
    automation may have been lowered meanwhile.
    """

    SEND_BACK: Final = "Send back"
    ANSWERS: Final[Mapping[str, Answer]] = {
        ApprovalOperator.APPROVE: "approved", ApprovalOperator.REJECT: "rejected", SEND_BACK: "sent_back"
    }  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        # A string without "null" would leave the buttons grey until something is typed, also for a yes.
        reason = Param(
            None, type=["null", "string"], maxLength=_MAX_REASON, title="Reason",
            description="Needed to reject or send back: why, and what is to be done. It is kept with your name.",
        )  # fmt: skip
        # Without one Airflow would take the task's own time limit for it; which it is to be is known when the question is put.
        longest = timedelta(seconds=load_config().release.approval_timeout_seconds)
        given: dict[str, Any] = {"response_timeout": longest, **kwargs, "params": {"reason": reason}}
        super().__init__(**given)
        self.options = [self.APPROVE, self.SEND_BACK, self.REJECT]

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """As Airflow does, before the question and once more after the answer. The words are in the lake, which may be away."""
        insisting(lambda: super(ReleaseApproval, self).render_template_fields(context, jinja_env))

    def execute(self, context: Any) -> Any:
        """Put the question, and wait. Raises ``Refused`` for one that was answered, and where Airflow would show an earlier one."""
        question = QuestionRef.model_validate(context["ti"].xcom_pull(task_ids=ASK))
        loop_decides, self.response_timeout = insisting(lambda: require_open(question))
        self.defaults = [self.APPROVE] if loop_decides else None
        shown = put(self, context["task_instance"].id)
        if (shown.subject, shown.body) != (self.subject, self.body):
            raise Refused(
                "Airflow still shows the question that was asked here first, and an answer must be to what is shown: start a new "
                "run of sentiment_release by hand"
            )
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Called by Airflow once there is an answer, or the time is up."""
        question = QuestionRef.model_validate(context["ti"].xcom_pull(task_ids=ASK))
        release = load_config().release
        if "error" in event:
            if event["error_type"] == "timeout":
                waited = f"nobody answered within {release.approval_timeout_seconds:g} s"
                insisting(lambda: record_answer(question, "unanswered", None, "", waited))
        else:
            user, reason = event["responded_by_user"], str((event.get("params_input") or {}).get("reason") or "")
            answer, by = self.ANSWERS[event["chosen_options"][0]], str(user["name"]) if user else None
            note = "" if user else f"nobody answered within {release.objection_seconds:g} s: {answer} by timeout"
            # A task that slept would begin anew and ask again: the person has answered.
            insisting(lambda: record_answer(question, answer, by, event["responded_at"].isoformat(), note, reason))
        return super().execute_complete(context, event)
