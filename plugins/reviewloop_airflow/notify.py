"""Who hears of a failure or a warning: the log always, an SNS topic where ``REVIEWLOOP_SNS_TOPIC`` names one (its ARN)."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

log = logging.getLogger(__name__)


def notify_failure(context: Mapping[str, Any]) -> None:
    """Airflow's failure callback: one line that says what failed, for which day, why and where to read on."""
    line = failure_line(context)
    log.error(line)
    _tell(context, "failed", line)


def notify_warnings(context: Mapping[str, Any], warnings: Sequence[str]) -> None:
    """One message with everything that a task which succeeded warns of; none where it warns of nothing."""
    if warnings:
        instance = context["ti"]
        _tell(context, "warns", f"WARNED {instance.dag_id}.{instance.task_id} run={instance.run_id}: " + " | ".join(warnings))


def _tell(context: Mapping[str, Any], what: str, line: str) -> None:
    topic = os.environ.get("REVIEWLOOP_SNS_TOPIC")
    if topic:
        from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

        instance = context["ti"]
        subject = f"{instance.dag_id}.{instance.task_id} {what}"[:100]  # SNS takes no longer subject
        # notify() and not a call of the notifier: that would run the text as a template.
        SnsNotifier(aws_conn_id=None, target_arn=topic, subject=subject, message=line).notify(context)


def failure_line(context: Mapping[str, Any]) -> str:
    """``FAILED dag.task day=... run=...: error (link)``."""
    instance = context["ti"]
    error = " ".join(str(context.get("exception") or "the process ended without an error").split())
    where = f"{instance.dag_id}.{instance.task_id} day={_day(context)} run={instance.run_id}"
    return f"FAILED {where}: {error} ({getattr(instance, 'log_url', 'no link')})"


def _day(context: Mapping[str, Any]) -> str:
    """The day the task worked on: in an argument, in a ref among them, or in the run's params."""
    task = context.get("task")
    values = [*getattr(task, "op_args", ()), *getattr(task, "op_kwargs", {}).values()]
    days = [getattr(value, "day", None) for value in values]
    named = getattr(task, "op_kwargs", {}).get("day") or context.get("params", {}).get("day")
    return next((str(day) for day in [named, *days] if day), "-")
