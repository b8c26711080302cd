"""The index of all reports: a row for each day or job, its verdict first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Link

KINDS: Final = {
    "releases": "Releases",
    "rollouts": "Rollouts",
    "cards": "Model cards",
    "contract": "Deliveries refused by the contract",
    "quality": "Data quality",
    "bias": "Bias before training",
    "reading": "Days as the champion reads them",
    "counts": "Rows counted",
    "profile": "Profile of the training snapshots",
    "exploration": "What the reviews are about",
    "annotation": "Labels by people",
    "labelling": "Labelling functions",
    "label_errors": "Labels that may be wrong",
    "training": "Training",
    "bias_after": "Bias after training",
    "behaviour": "Behaviour tests of models",
    "model": "Model gates: accepted and refused candidates",
    "leaderboard": "Kinds of models side by side",
    "errors": "Where candidates are wrong",
    "drift": "Drift and live quality",
    "traffic": "Drift of the requests to the endpoint",
    "responses": "What drift leads to",
    "skew": "One text, one answer",
    "products": "Complaints about products",
    "alerts": "Alerts",
    "captures": "Requests to the endpoint",
}
"""Folders under ``reports/`` and their headings; folders that are not named here follow under their own names."""
NUM_NEWEST: Final = 25
"""Rows of a kind on the whole index; the rest are a link away."""


@dataclass(frozen=True)
class Report:
    """One report: its kind (folder), what it is about in words, when it was written (UTC), and where it is read."""

    kind: str
    about: str
    href: str
    written: datetime
    verdict: kit.Verdict | None = None
    more: Sequence[Link] = field(default_factory=tuple)
    """Other pages beside it."""


def index_page(reports: Sequence[Report], chosen: Mapping[str, str], closed: Sequence[str] = ()) -> str:
    """HTML. ``reports`` are the newest first; ``chosen`` is what they were chosen by (``day``, ``job``, ``kind``), if anything;
    ``closed`` are the kinds that the reader may not see, which are named and not listed.
    """
    by_kind: dict[str, list[Report]] = {} if chosen else {kind: [] for kind in KINDS if kind not in closed}
    for one in sorted(reports, key=lambda one: ([*KINDS, one.kind].index(one.kind), one.kind)):
        by_kind.setdefault(one.kind, []).append(one)
    sections = [
        kit.section(kind, KINDS.get(kind, kind), partial(_kind, kind, found, is_whole=bool(chosen)))
        for kind, found in by_kind.items()
    ]
    top = kit.paragraph("What the steps of the loop left behind, the newest first.", "soft")
    if chosen:
        only = ", ".join(f"{name} {value}" for name, value in chosen.items())
        nothing = "" if reports else "There is nothing yet."
        top = Markup('<p>Only {}. {} <a href="reports">All reports</a></p>').format(only, nothing)
    if closed:
        told = kit.paragraph(f"Not shown, as your role may not read them: {'; '.join(KINDS[kind] for kind in closed)}.", "soft")
        top = kit.join([top, told])
    return kit.page("Reports", None, None, top, sections)


def _kind(kind: str, found: Sequence[Report], is_whole: bool) -> str | Markup:
    if not found:
        return kit.paragraph("Nothing yet.", "soft")
    shown = found if is_whole else found[:NUM_NEWEST]
    table = kit.table(["Verdict", "Day or job", "Why", "Written (UTC)"], [_row(one) for one in shown], kind="index")
    if len(shown) == len(found):
        return table
    return kit.join([table, Markup('<p><a href="?{}">All {}</a></p>').format(urlencode({"kind": kind}), len(found))])


def _row(one: Report) -> list[object]:
    link = Markup('<a href="{}">{}</a>').format(one.href, one.about)
    more = kit.join(Markup(' <a class="soft" href="{}">{}</a>').format(other.href, other.text) for other in one.more)
    mark = kit.mark(one.verdict.kind, one.verdict.word) if one.verdict else kit.mark("none", "–")
    why = kit.shorten(one.verdict.told, 160) if one.verdict else ""
    return [mark, kit.join([link, more]), why, Markup('<span class="line">{}</span>').format(f"{one.written:%Y-%m-%d %H:%M}")]
