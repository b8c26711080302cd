"""The home of the loop: in ten seconds how it is, and behind every number its evidence."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Link
from reviewloop.pages.overview.history import DayMark, history_plot

log = logging.getLogger(__name__)

GATES: Final = {
    "contract": "Contract", "quality": "Quality", "bias": "Bias", "reading": "Reading", "counts": "Counts", "drift": "Drift",
}  # fmt: skip
"""The kinds of report that a day goes through, in their order, and the heads of their columns."""
_PARTS: Final = ("champion", "alerts", "waiting", "rollout", "days", "latest", "history", "response", "stores")
_SEVERITIES: Final[Mapping[str, kit.Kind]] = {"info": "none", "warning": "warn", "critical": "fail"}
_MOST_LINES: Final = 3
"""Of an alert's lines, those that are shown; its page has all."""


@dataclass(frozen=True)
class Answering:
    """The version that answers, since when (UTC, as the ledger has it) and by whose word; ``trouble`` where not all agree on it."""

    version: str
    since: str
    by: str
    record: Link | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Waiting:
    """Something that goes on only when a person has looked, since when (UTC), and where the person does so."""

    what: str
    since: str
    where: Link


@dataclass(frozen=True)
class OpenAlert:
    """An alert that is not over: ``info``, ``warning`` or ``critical``; since when (UTC), who looks after it, and its page."""

    severity: str
    title: str
    lines: Sequence[str]
    since: str
    answered_by: str
    where: Link | None = None


@dataclass(frozen=True)
class Vote:
    """What a monitored day said of the version that answers: the signal families that fired, or that it had too few reviews."""

    day: str
    judged: bool
    families: Sequence[str]
    href: str


@dataclass(frozen=True)
class Response:
    """Trainings that drift asked for in ``window_days`` and how many it may, the last days' votes (the newest first), and what was
    decided last, in words and with its page."""

    trainings: int
    allowed: int
    window_days: float
    votes: Sequence[Vote]
    decided: str = ""
    where: Link | None = None


@dataclass(frozen=True)
class Latest:
    """The newest report of a kind that has no day: what it is in words, what it came to, when (UTC)."""

    what: str
    link: Link
    verdict: kit.Verdict | None
    written: datetime


@dataclass(frozen=True)
class Judged:
    """What one gate said of a day, and where."""

    verdict: kit.Verdict | None
    href: str


@dataclass(frozen=True)
class Store:
    """How large a store, or a part of it, is, in words; ``seen`` is when somebody measured it (UTC), empty for just now."""

    store: str
    part: str
    num_objects: str
    size: str
    seen: str = ""


@dataclass(frozen=True)
class Home:
    """What the page shows. Each part is asked for by itself: one that cannot be read says so and takes no other with it."""

    champion: Callable[[], Answering | None]
    alerts: Callable[[], Sequence[OpenAlert]]
    """The worst first."""
    waiting: Callable[[], Sequence[Waiting]]
    rollout: Callable[[], str]
    """The rollout that is under way, in words; empty without one."""
    days: Callable[[], Mapping[str, Mapping[str, Judged]]]
    """Of each of the newest days, the newest first, what each gate said."""
    latest: Callable[[], Sequence[Latest]]
    history: Callable[[], Sequence[DayMark]]
    """The monitored days, oldest first."""
    response: Callable[[], Response | None]
    """None where the reader may not see it."""
    stores: Callable[[], Sequence[Store]] = tuple
    closed: Sequence[str] = ()
    """Names of the reports that the reader may not see."""


def home_page(home: Home, links: Sequence[Link]) -> str:
    """HTML. ``links`` lead on, to all reports first."""
    once: dict[str, Any] = {part: cache(getattr(home, part)) for part in _PARTS}
    asked = replace(home, **once)
    top = kit.join([kit.ways(links), _tiles(asked), _not_shown(home.closed)])
    sections = [
        kit.section("alerts", "Open alerts", lambda: _alerts(asked.alerts())),
        kit.section("waiting", "Waits for a person", lambda: _waiting(asked.waiting())),
        kit.section("days", "The newest days at the gates", lambda: _days(asked.days())),
        kit.section("history", "Drift and quality", lambda: history_plot(asked.history())),
        kit.section("response", "What drift may lead to", lambda: _response(asked.response())),
        kit.section("latest", "What the loop did last", lambda: _latest(asked.latest())),
        kit.section("stores", "What is stored", lambda: _stores(asked.stores())),
    ]
    return kit.page("The loop", None, kit.judged(lambda: _verdict(asked)), top, sections)


def _verdict(home: Home) -> kit.Verdict:
    """The worst first: nobody knows who answers, something critical is open, somebody is waited for, the newest day was refused or
    has drifted."""
    champion = home.champion()
    if champion is not None and champion.trouble:
        return kit.Verdict("fail", "look at the champion", champion.trouble)
    critical = [one for one in home.alerts() if one.severity == "critical"]
    if critical:
        what = "a critical alert is open" if len(critical) == 1 else f"{len(critical)} critical alerts are open"
        return kit.Verdict("fail", what, critical[0].title)
    waiting = home.waiting()
    if waiting:
        what = "one thing waits" if len(waiting) == 1 else f"{len(waiting)} things wait"
        return kit.Verdict("warn", f"{what} for a person", waiting[0].what)
    for day, gates in list(home.days().items())[:1]:
        for kind, one in gates.items():
            if one.verdict is not None and one.verdict.kind == "fail":
                return kit.Verdict("warn", f"{GATES[kind].lower()} of {day}: {one.verdict.word}", one.verdict.told)
    warnings = [one for one in home.alerts() if one.severity == "warning"]
    if warnings:
        what = "an alert is open" if len(warnings) == 1 else f"{len(warnings)} alerts are open"
        return kit.Verdict("warn", what, warnings[0].title)
    if champion is None:
        return kit.Verdict("none", "no champion yet", "deliver reviews, train, approve: the first release makes one")
    return kit.Verdict("pass", "all quiet", "nothing waits for a person, no alert is open, and no gate refused the newest day")


def _tiles(home: Home) -> Markup:
    return kit.tiles(*(_tile(name, make, home) for name, make in _TILES.items()))


def _tile(name: str, make: Callable[[Home], tuple[str, str]], home: Home) -> tuple[str, str]:
    try:
        return make(home)
    except Exception as error:
        log.exception("home: %s could not be read", name)
        return "?", f"{name}: {type(error).__name__}"


def _of_champion(home: Home) -> tuple[str, str]:
    found = home.champion()
    return (f"version {found.version}", f"answers since {_time(found.since)}, by {found.by}") if found else ("none", "champion")


def _of_newest_day(home: Home) -> tuple[str, str]:
    for day, gates in home.days().items():
        refused = [GATES[kind].lower() for kind, one in gates.items() if one.verdict and one.verdict.kind == "fail"]
        return day, f"newest day: {'not passed: ' + ', '.join(refused) if refused else 'no gate refused it'}"
    return "none", "day delivered"


def _of_history(home: Home) -> tuple[str, str]:
    found = home.history()
    return str(sum(one.kind == "fail" for one in found)), f"of {len(found)} monitored days moved"


def _of_quality(home: Home) -> tuple[str, str]:
    rated = [one for one in home.history() if one.macro_f1 is not None]
    return (f"{rated[-1].macro_f1:.3f}", f"macro-F1 on the ratings of {rated[-1].day}") if rated else ("–", "no rated day yet")


def _of_alerts(home: Home) -> tuple[str, str]:
    found = home.alerts()
    unanswered = sum(not one.answered_by for one in found)
    return str(len(found)), f"open alerts{f', {unanswered} of them answered by nobody' if found else ''}"


def _of_budget(home: Home) -> tuple[str, str]:
    found = home.response()
    if found is None:
        return "–", "trainings that drift started"
    return f"{found.trainings} of {found.allowed}", f"trainings that drift may start in {found.window_days:g} days"


_TILES: Final[Mapping[str, Callable[[Home], tuple[str, str]]]] = {
    "champion": _of_champion,
    "alerts": _of_alerts,
    "waiting": lambda home: (str(len(home.waiting())), "wait for a person"),
    "newest day": _of_newest_day,
    "rollout": lambda home: (home.rollout() or "none", "rollout under way"),
    "drift": _of_history,
    "quality": _of_quality,
    "budget": _of_budget,
}


def _not_shown(closed: Sequence[str]) -> str | Markup:
    return kit.paragraph(f"Not shown, as your role may not read them: {'; '.join(closed)}.", "soft") if closed else ""


def _anchor(link: Link) -> Markup:
    return Markup('<a href="{}">{}</a>').format(link.href, link.text)


def _verdict_mark(verdict: kit.Verdict | None) -> Markup:
    return kit.mark(verdict.kind, verdict.word) if verdict else kit.mark("none", "–")


def _alerts(alerts: Sequence[OpenAlert]) -> Markup:
    if not alerts:
        return kit.paragraph("None.", "soft")
    rows = []
    for one in alerts:
        title = _anchor(replace(one.where, text=one.title)) if one.where else one.title
        what = kit.below(title, "; ".join(one.lines[:_MOST_LINES]))
        rows.append([kit.mark(_SEVERITIES[one.severity], one.severity), what, _time(one.since), one.answered_by or "nobody"])
    return kit.table(["Severity", "What", "Since (UTC)", "Answered by"], rows, kind="roomy")


def _response(found: Response | None) -> Markup:
    if found is None:
        return kit.paragraph("Your role may not read it.", "soft")
    spent = f"Drift has started {found.trainings} of at most {found.allowed} trainings in {found.window_days:g} days."
    decided = [kit.paragraph(kit.join([f"Decided last: {found.decided} ", _anchor(found.where) if found.where else ""]))]
    parts = [kit.paragraph(spent), *(decided if found.decided else [])]
    if not found.votes:
        return kit.join([*parts, kit.paragraph("No day of the version that answers was monitored yet.", "soft")])
    rows = [[_of_vote(one), _vote(one), ", ".join(one.families) or "–"] for one in found.votes]
    return kit.join([*parts, kit.table(["Day", "Vote", "Signal families"], rows)])


def _of_vote(vote: Vote) -> str | Markup:
    return Markup('<a class="line" href="{}">{}</a>').format(vote.href, vote.day) if vote.href else vote.day


def _vote(vote: Vote) -> Markup:
    if not vote.judged:
        return kit.mark("none", "not judged")
    return kit.mark("fail", "fired") if vote.families else kit.mark("pass", "calm")


def _waiting(waiting: Sequence[Waiting]) -> Markup:
    if not waiting:
        return kit.paragraph("Nothing.", "soft")
    rows = [[one.what, _anchor(one.where), _time(one.since)] for one in waiting]
    return kit.table(["What", "Where", "Since (UTC)"], rows, kind="roomy")


def _days(days: Mapping[str, Mapping[str, Judged]]) -> Markup:
    if not days:
        return kit.paragraph("No day was delivered yet.", "soft")
    rows = [
        [Markup('<a class="line" href="?day={}">{}</a>').format(day, day), *(_cell(gates.get(kind)) for kind in GATES)]
        for day, gates in days.items()
    ]
    return kit.table(["Day", *GATES.values()], rows)


def _cell(one: Judged | None) -> str | Markup:
    if one is None:
        return "–"
    shown = _verdict_mark(one.verdict)
    return Markup('<a href="{}" title="{}">{}</a>').format(one.href, one.verdict.told if one.verdict else "", shown)


def _latest(latest: Sequence[Latest]) -> Markup:
    if not latest:
        return kit.paragraph("Nothing yet.", "soft")
    rows = [
        [one.what, _verdict_mark(one.verdict), _anchor(one.link), kit.shorten(one.verdict.told, 160) if one.verdict else "",
         Markup('<span class="line">{}</span>').format(f"{one.written:%Y-%m-%d %H:%M}")]
        for one in latest
    ]  # fmt: skip
    return kit.table(["What", "Verdict", "Of", "Why", "Written (UTC)"], rows)


def _stores(stores: Sequence[Store]) -> Markup:
    measured = any(one.seen for one in stores)
    yet = "" if measured else kit.paragraph("Nobody has measured the lake yet: the DAG lake_retain does, every week.", "soft")
    rows = [[one.store, one.part or "–", one.num_objects, one.size, _time(one.seen) or "now"] for one in stores]
    table = kit.table(["Store", "Part", "Objects", "Size", "Measured (UTC)"], rows, numeric=(2, 3)) if rows else ""
    return kit.join([yet, table])


def _time(told: str) -> str:
    return told[:16].replace("T", " ")
