"""Which programs are told what happens to models, as the ledger has it (``adapters.alerts.outbox``): every target whose variable is
set. People are told by ``notify``."""

import os
from collections.abc import Callable, Mapping
from typing import Final

from reviewloop.adapters.alerts import outbox, signed_webhook
from reviewloop.core.alerts.notices import Notice

AFTER: Final = frozenset({
    "register", "gate_model", "ask", "approve", "start_rollout", "promote", "judge_rollout", "promote_challenger", "rollback",
    "override_gate",
})  # fmt: skip
"""Tasks after which the ledger has something new: it is told at once, and what could not be is tried again by ``alerts_tend``."""


def tell_programs() -> None:
    """Send every target what it lacks."""
    outbox.drain(_send, [name for name in TARGETS if os.environ.get(name)])


def _send(name: str, notice: Notice) -> None:
    TARGETS[name](os.environ[name], notice)


def _webhook(url: str, notice: Notice) -> None:
    signed_webhook.post(url, os.environ.get("REVIEWLOOP_NOTICE_SECRET", ""), notice)


def _sns(topic: str, notice: Notice) -> None:
    """SNS signs by itself. A FIFO topic keeps the order, and drops what it was sent twice within five minutes."""
    from airflow.providers.amazon.aws.hooks.sns import SnsHook

    in_order = {"message_group_id": notice.group or "-", "message_deduplication_id": notice.id} if topic.endswith(".fifo") else {}
    SnsHook(aws_conn_id=None).publish_to_target(topic, notice.body.decode(), message_attributes={"id": notice.id}, **in_order)


TARGETS: Final[Mapping[str, Callable[[str, Notice], None]]] = {
    "REVIEWLOOP_NOTICE_WEBHOOK": _webhook, "REVIEWLOOP_NOTICE_TOPIC": _sns
}  # fmt: skip
"""Environment variable -> what sends to the target that it names: its value, and the notice."""
