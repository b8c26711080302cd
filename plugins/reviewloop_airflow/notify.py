"""Who hears of a failure or a warning: the log always, an SNS topic where ``REVIEWLOOP_SNS_TOPIC`` names one (its ARN)."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

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
    """Tell every target of ``TARGETS`` whose variable is set. One that does not answer fails neither the task nor the others."""
    for variable, tell in TARGETS.items():
        target = os.environ.get(variable)
        if target:
            try:
                tell(target, context, what, line)
            except Exception as error:
                # The error's text may hold the target's address, which may be a secret.
                log.error("%s: could not be told (%s): %s", variable, type(error).__name__, line)


def _sns(topic: str, context: Mapping[str, Any], what: str, line: str) -> None:
    from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

    instance = context["ti"]
    subject = f"{instance.dag_id}.{instance.task_id} {what}"[:100]  # SNS takes no longer subject
    # notify() and not a call of the notifier: that would run the text as a template.
    SnsNotifier(aws_conn_id=None, target_arn=topic, subject=subject, message=line).notify(context)


TARGETS: Final[Mapping[str, Callable[[str, Mapping[str, Any], str, str], None]]] = {"REVIEWLOOP_SNS_TOPIC": _sns}
"""Environment variable -> what tells the target that it names: its value, the context, ``failed`` or ``warns``, the line."""


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
