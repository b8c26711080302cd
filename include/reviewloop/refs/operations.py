"""What people are told, and what it costs."""

from typing import Literal

from reviewloop.refs.base import Ref


class AlertRef(Ref):
    """Something that people are to know. Alerts of one ``key`` are one alert, however often it is raised.

    One that ``asks`` stays open until it is over; any other is told once.
    """

    key: str
    severity: Literal["info", "warning", "critical"] = "warning"
    title: str
    lines: tuple[str, ...] = ()
    page_uri: str = ""
    asks: bool = False


class AlertsRef(Ref):
    """What people are to know now: alerts that are open, and messages that some target could not be told so far."""

    num_open: int
    num_undelivered: int
    page_uri: str


class ReapedRef(Ref):
    """What the reaper found of this deployment on AWS. ``warnings`` are what a person looks at, a sentence each.

    ``num_due`` were to go and stayed, because nobody asked for more than a look.
    """

    num_found: int
    num_gone: int
    num_due: int
    applied: bool
    warnings: tuple[str, ...] = ()


class BudgetRef(Ref):
    """The month's money, in USD. ``reserved_usd`` is part of ``counted_usd``: of jobs that may still run."""

    month: str
    cap_usd: float
    counted_usd: float
    reserved_usd: float
    warnings: tuple[str, ...] = ()
