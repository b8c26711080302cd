"""What a task that waits for a person asks of Airflow, and what Airflow shows of it."""

from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator


def put(operator: HITLOperator, ti_id: Any) -> Any:
    """Put the question, and give it as Airflow has stored it; Airflow's own call tells nothing back.

    A task that is cleared keeps the text that it showed first, whatever it would show now
    (``findings/airflow-cleared-question-shows-the-old-text.sh``).
    """
    from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    return SUPERVISOR_COMMS.send(
        CreateHITLDetailPayload(
            ti_id=ti_id, options=operator.options, subject=operator.subject, body=operator.body, defaults=operator.defaults,
            multiple=operator.multiple, params=operator.serialized_params, assigned_users=operator.assigned_users or [],
        )
    )  # fmt: skip
