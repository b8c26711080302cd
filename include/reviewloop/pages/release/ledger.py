"""The ledger for people: what became of every model, by whom and why, each step with its evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reviewloop.core.lineage.stories import Step, Story
from reviewloop.pages import kit
from reviewloop.pages.links import Link

MOST: Final = 100
"""The newest stories that are shown."""


@dataclass(frozen=True)
class Told:
    """What the page tells: the newest ``stories`` of so many events; ``trouble`` where the chain is broken, and then no story."""

    stories: Sequence[Story]
    num_events: int
    trouble: str = ""


def ledger_page(told: Told, links: Sequence[Link], address: Callable[[str], str]) -> str:
    """HTML. ``address`` turns the URI of evidence into a link; empty for what is not shown on the web server."""
    top = kit.join([kit.ways(links), kit.paragraph(_INTRODUCTION, "soft")])
    sections = [
        kit.section("stories", "What became of each", lambda: _overview(told.stories)),
        kit.section("steps", "Step by step", lambda: kit.join(_story(at, one, address) for at, one in enumerate(told.stories))),
    ]
    return kit.page("The ledger", None, _verdict(told), top, sections)


_INTRODUCTION: Final = (
    "The newest first. Every step is an event of the ledger, which nobody can change unseen: python -m reviewloop verify compares "
    "it with everything else, python -m reviewloop trace VERSION tells one story with its data and code."
)


def _verdict(told: Told) -> kit.Verdict:
    if told.trouble:
        return kit.Verdict("fail", "broken", told.trouble)
    answers = next((one for one in told.stories if one.fate == "answers"), None)
    if not told.num_events:
        return kit.Verdict("none", "empty", "nothing was judged yet")
    return kit.Verdict("pass", "whole", f"{told.num_events:,} events; {answers.name if answers else 'no version'} answers")


def _overview(stories: Sequence[Story]) -> Markup:
    if not stories:
        return kit.paragraph("Nothing yet.", "soft")
    rows = []
    for at, one in enumerate(stories):
        name = Markup('<a class="line" href="#{}">{}</a>').format(_anchor(at), one.name)
        rows.append([name, _with(kit.mark(one.ending, one.fate), one.why), one.by, _time(one.steps[-1].at)])
    return kit.table(["Model", "Fate", "By", "Since (UTC)"], rows, kind="roomy")


def _story(at: int, story: Story, address: Callable[[str], str]) -> Markup:
    rows = [[str(one.number), _time(one.at), _with(_what(one, address), one.why), one.by] for one in story.steps]
    head = Markup('<span id="{}">{}</span>').format(_anchor(at), story.name)
    return kit.join([kit.heading(head), kit.table(["Event", "When (UTC)", "What", "By"], rows, numeric=(0,))])


def _what(step: Step, address: Callable[[str], str]) -> str | Markup:
    where = address(step.evidence) if step.evidence else ""
    return Markup('<a href="{}">{}</a>').format(where, step.what) if where else step.what


def _with(first: str | Markup, why: str) -> str | Markup:
    return kit.below(first, kit.shorten(why, 300)) if why else first


def _anchor(at: int) -> str:
    return f"story-{at}"


def _time(text: str) -> Markup:
    return Markup('<span class="line">{}</span>').format(text[:16].replace("T", " "))
