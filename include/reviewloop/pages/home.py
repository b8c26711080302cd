"""The home of the loop: in ten seconds how it is, and behind every number its evidence."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.history import DayMark, history_plot
from reviewloop.pages.links import Link

log = logging.getLogger(__name__)

GATES: Final = {
    "contract": "Contract", "quality": "Quality", "bias": "Bias", "reading": "Reading", "counts": "Counts", "drift": "Drift",
}  # fmt: skip
"""The kinds of report that a day goes through, in their order, and the heads of their columns."""
_PARTS: Final = ("champion", "waiting", "rollout", "days", "latest", "history")


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
class Home:
    """What the page shows. Each part is asked for by itself: one that cannot be read says so and takes no other with it."""

    champion: Callable[[], Answering | None]
    waiting: Callable[[], Sequence[Waiting]]
    rollout: Callable[[], str]
    """The rollout that is under way, in words; empty without one."""
    days: Callable[[], Mapping[str, Mapping[str, Judged]]]
    """Of each of the newest days, the newest first, what each gate said."""
    latest: Callable[[], Sequence[Latest]]
    history: Callable[[], Sequence[DayMark]]
    """The monitored days, oldest first."""
    closed: Sequence[str] = ()
    """Names of the reports that the reader may not see."""


def home_page(home: Home, links: Sequence[Link]) -> str:
    """HTML. ``links`` lead on, to all reports first."""
    once: dict[str, Any] = {part: cache(getattr(home, part)) for part in _PARTS}
    asked = replace(home, **once)
    top = kit.join([_links(links), _tiles(asked), _not_shown(home.closed)])
    sections = [
        kit.section("waiting", "Waits for a person", lambda: _waiting(asked.waiting())),
        kit.section("days", "The newest days at the gates", lambda: _days(asked.days())),
        kit.section("history", "Drift and quality", lambda: history_plot(asked.history())),
        kit.section("latest", "What the loop did last", lambda: _latest(asked.latest())),
    ]
    return kit.page("The loop", None, kit.judged(lambda: _verdict(asked)), top, sections)


def _verdict(home: Home) -> kit.Verdict:
    """The worst first: nobody knows who answers, somebody is waited for, the newest day was refused or has drifted."""
    champion = home.champion()
    if champion is not None and champion.trouble:
        return kit.Verdict("fail", "look at the champion", champion.trouble)
    waiting = home.waiting()
    if waiting:
        what = "one thing waits" if len(waiting) == 1 else f"{len(waiting)} things wait"
        return kit.Verdict("warn", f"{what} for a person", waiting[0].what)
    for day, gates in list(home.days().items())[:1]:
        for kind, one in gates.items():
            if one.verdict is not None and one.verdict.kind == "fail":
                return kit.Verdict("warn", f"{GATES[kind].lower()} of {day}: {one.verdict.word}", one.verdict.told)
    if champion is None:
        return kit.Verdict("none", "no champion yet", "deliver reviews, train, approve: the first release makes one")
    return kit.Verdict("pass", "all quiet", "nothing waits for a person, and no gate refused the newest day")


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


_TILES: Final[Mapping[str, Callable[[Home], tuple[str, str]]]] = {
    "champion": _of_champion,
    "waiting": lambda home: (str(len(home.waiting())), "wait for a person"),
    "newest day": _of_newest_day,
    "rollout": lambda home: (home.rollout() or "none", "rollout under way"),
    "drift": _of_history,
    "quality": _of_quality,
}


def _links(links: Sequence[Link]) -> Markup:
    return Markup('<p class="links">{}</p>').format(kit.join(map(_anchor, links)))


def _not_shown(closed: Sequence[str]) -> str | Markup:
    return kit.paragraph(f"Not shown, as your role may not read them: {'; '.join(closed)}.", "soft") if closed else ""


def _anchor(link: Link) -> Markup:
    return Markup('<a href="{}">{}</a>').format(link.href, link.text)


def _verdict_mark(verdict: kit.Verdict | None) -> Markup:
    return kit.mark(verdict.kind, verdict.word) if verdict else kit.mark("none", "–")


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


def _time(told: str) -> str:
    return told[:16].replace("T", " ")
