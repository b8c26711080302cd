"""Who hears of what: the log always, the book of alerts (``adapters.alerts``), and every target whose variable is set.

What fails, and what a task warns of, is raised here; what the ledger and the monitor say is looked for (``LOOKS_AFTER``).
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from airflow.sdk.configuration import conf

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.alerts.looking import look
from reviewloop.core.alerts.book import MAX_LINES, Message
from reviewloop.errors import Refused, Rejected
from reviewloop.refs import AlertRef
from reviewloop_airflow import notices
from reviewloop_airflow.links import report_url

log = logging.getLogger(__name__)

LOOKS_AFTER: Final = frozenset({"approve", "decide_retraining", "judge_rollout", "rollback", "watch_products"})
"""Tasks after which the ledger and the decisions say something new: it is told at once, and not with the next ``alerts_tend``."""


def notify_failure(context: Mapping[str, Any]) -> None:
    """Airflow's failure callback: one line that says what failed, for which day, why and where to read on.

    A gate or a rule that refuses is a warning; anything else stands still until somebody acts.
    """
    line, error = failure_line(context), context.get("exception")
    log.error(line)
    refused = isinstance(error, (Rejected, Refused))
    page_uri = (error.page_uri or "") if isinstance(error, Rejected) else ""
    title = f"{_name(context)} {'refused' if refused else 'failed'}{_of_day(context)}"
    severity = "warning" if refused else "critical"
    tell(AlertRef.model_validate({
        "key": _failed(context), "severity": severity, "title": title, "lines": (line,), "page_uri": page_uri, "asks": True
    }))  # fmt: skip


def notify_warnings(context: Mapping[str, Any], warnings: Sequence[str], page_uri: str = "") -> None:
    """One message with everything that a task which succeeded warns of, and its page; none where it warns of nothing."""
    if warnings:
        instance = context["ti"]
        key = f"warned/{_name(context)}/{instance.run_id}/{getattr(instance, 'map_index', -1)}"
        title = f"{_name(context)} warns{_of_day(context)}"
        tell(AlertRef(key=key, title=title, lines=tuple(warnings), page_uri=page_uri))


def notify_success(context: Mapping[str, Any]) -> None:
    """Airflow's success callback: what failed before is over, and what could not be told is tried again."""
    try:
        channel.resolve(_failed(context), f"it succeeded in run {context['ti'].run_id}")
        if context["ti"].task_id in LOOKS_AFTER:
            look()
        deliver()
        if context["ti"].task_id in notices.AFTER:
            notices.tell_programs()
    except Exception:
        # The task has done its work; the next one, or alerts_tend, finds what is missed here.
        log.exception("the book of alerts could not be brought up to date")


def tell(found: AlertRef) -> None:
    """Into the book, and to every target. Where the book is away the targets are told all the same, and the log says so."""
    try:
        channel.raise_alert(found)
        deliver()
    except Exception:
        log.exception("the book of alerts is away, so nobody remembers who was told: %s", found.title)
        _tell_without_book(found)


def deliver() -> None:
    """Send what waits in the book to every target whose variable is set."""
    channel.deliver(_send, {name: name in ESCALATED for name in (*TARGETS, *ESCALATED) if os.environ.get(name)})


def _tell_without_book(found: AlertRef) -> None:
    message = Message(
        number=0, key=found.key, word="raised", severity=found.severity, title=found.title, lines=found.lines[:MAX_LINES],
        page_uri=found.page_uri, at=channel.now(),
    )  # fmt: skip
    for name in TARGETS:
        if os.environ.get(name):
            try:
                _send(name, message)
            except Exception as error:
                # The error's text may hold the target's address, which may be a secret.
                log.error("%s: could not be told (%s): %s", name, type(error).__name__, found.title)


def _send(name: str, message: Message) -> None:
    (TARGETS | ESCALATED)[name](os.environ[name], message)


def subject(message: Message) -> str:
    """One line: how severe, what, and whether it is news."""
    word = {"escalated": "nobody answered: ", "resolved": "over: ", "changed": "changed: "}.get(message.word, "")
    return " ".join(f"[{message.severity}] {word}{message.title}".split())  # a line's end would begin another header


def text(message: Message) -> str:
    """The lines under the subject, and where to read on."""
    path = report_url(message.page_uri)
    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return "\n".join([*message.lines, *([f"{base.removesuffix(path.partition('/reviewloop')[0])}{path}"] if path else [])])


def _sns(topic: str, message: Message) -> None:
    from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

    told, line = text(message) or message.title, subject(message)[:100]  # SNS takes no longer subject
    # notify() and not a call of the notifier: that would run the text as a template.
    SnsNotifier(aws_conn_id=None, target_arn=topic, subject=line, message=told).notify({})


def _mail(address: str, message: Message) -> None:
    """By Airflow's connection ``smtp_default``; several addresses stand apart by commas."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
    from markupsafe import escape

    to = [one.strip() for one in address.split(",")]
    SmtpNotifier(to=to, subject=subject(message), html_content=f"<pre>{escape(text(message))}</pre>").notify({})


def _webhook(url: str, message: Message) -> None:
    """JSON as Slack takes it (``text``), and Mattermost, Rocket.Chat and Teams' workflows; the other keys are for programs."""
    import httpx

    told = {"text": f"{subject(message)}\n{text(message)}", "severity": message.severity, "key": message.key, "word": message.word}
    httpx.post(url, json=told, timeout=10).raise_for_status()


Tell = Callable[[str, Message], None]
TARGETS: Final[Mapping[str, Tell]] = {
    "REVIEWLOOP_SNS_TOPIC": _sns, "REVIEWLOOP_ALERT_MAIL": _mail, "REVIEWLOOP_ALERT_WEBHOOK": _webhook
}  # fmt: skip
"""Environment variable -> what tells the target that it names: its value, and the message."""
ESCALATED: Final[Mapping[str, Tell]] = {"REVIEWLOOP_ESCALATION_MAIL": _mail, "REVIEWLOOP_ESCALATION_WEBHOOK": _webhook}
"""The same, for what nobody answered in time."""


def failure_line(context: Mapping[str, Any]) -> str:
    """``FAILED dag.task day=... run=...: error (link)``."""
    instance = context["ti"]
    error = " ".join(str(context.get("exception") or "the process ended without an error").split())
    where = f"{_name(context)} day={_day(context)} run={instance.run_id}"
    return f"FAILED {where}: {error} ({getattr(instance, 'log_url', 'no link')})"


def _name(context: Mapping[str, Any]) -> str:
    return f"{context['ti'].dag_id}.{context['ti'].task_id}"


def _failed(context: Mapping[str, Any]) -> str:
    """The alert's key: the same task, for the same day, mends what it broke."""
    return f"failed/{_name(context)}/{_day(context)}"


def _of_day(context: Mapping[str, Any]) -> str:
    day = _day(context)
    return "" if day == "-" else f" for {day}"


def _day(context: Mapping[str, Any]) -> str:
    """The day the task worked on: in an argument, in a ref among them, or in the run's params."""
    task = context.get("task")
    values = [*getattr(task, "op_args", ()), *getattr(task, "op_kwargs", {}).values()]
    days = [getattr(value, "day", None) for value in values]
    named = getattr(task, "op_kwargs", {}).get("day") or context.get("params", {}).get("day")
    return next((str(day) for day in [named, *days] if day), "-")
