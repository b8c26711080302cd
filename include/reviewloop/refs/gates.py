"""What a gate said, of whatever it judged."""

from typing import Literal

from reviewloop.refs.base import Ref

Verdict = Literal["pass", "warn", "fail"]


class GateRef(Ref):
    """A gate's stored verdict. ``report_uri`` is its JSON, ``page_uri`` the page a person reads, if it has one."""

    gate: str
    verdict: Verdict
    reason: str
    report_uri: str
    page_uri: str | None = None
    warnings: tuple[str, ...] = ()
    """What somebody is told though nothing is refused, a sentence each."""
