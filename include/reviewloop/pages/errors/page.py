"""The error analysis of a model as one HTML page: what goes wrong most, then examples, slices and words. Nothing is fetched."""

import math
from functools import partial
from typing import Literal

from markupsafe import Markup

from reviewloop.core.evaluation.error_report import ErrorReport
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.errors.sections import SECTIONS
from reviewloop.pages.links import Links

_Finding = tuple[Literal["note", "warn"], str, str]
"""Level, sentence and section."""


def error_page(report: ErrorReport, links: Links) -> str:
    """HTML."""
    share = report.num_mistakes / report.num_rows if report.num_rows else 0.0
    told = f"The {report.kind} answers {report.num_mistakes:,} of {report.num_rows:,} sealed reviews wrong."
    sections = [kit.section(anchor, title, partial(make, report)) for anchor, (title, make) in SECTIONS.items()]
    top = kit.safely("In short", lambda: _overview(report, share))
    return kit.page(f"Where the {report.kind} is wrong", links, kit.Verdict("none", f"{share:.1%} wrong", told), top, sections)


def _overview(report: ErrorReport, share: float) -> Markup:
    lead = f"The candidate of job {report.job_key[:16]} on the sealed test part. Nothing here is a gate; it shows what to mend."
    tiles = kit.tiles(
        (f"{report.num_rows:,}", "sealed reviews"),
        (f"{report.num_mistakes:,}", f"mistakes, {share:.1%}"),
        (f"{len(report.slices.found)}", "slices proven to be worse than the rest"),
        (f"{report.deletion.num_texts:,}", "answers explained and checked"),
    )
    found = kit.findings(_commonest(report), _worst(report), _believable(report))
    return kit.join([kit.paragraph(lead, "soft"), tiles, found])


def _commonest(report: ErrorReport) -> _Finding:
    """The confusion with the most rows."""
    kinds = [(count, a, b) for a, row in enumerate(report.matrix) for b, count in enumerate(row) if a != b]
    count, truth, said = max(kinds, key=lambda one: one[0])
    if not count:
        return "note", "No answer is wrong.", "confusion"
    whole = sum(report.matrix[truth])
    sentence = (
        f"The commonest mistake: {count:,} of {whole:,} {SENTIMENTS[truth]} reviews ({count / whole:.0%}) are said to be "
        f"{SENTIMENTS[said]}. That is {count / report.num_mistakes:.0%} of all mistakes."
    )
    return "note", sentence, "confusion"


def _worst(report: ErrorReport) -> _Finding:
    if not report.slices.found:
        tried = f"{report.slices.num_proposed} slices were tried" if report.slices.num_proposed else "none stood out"
        return "note", f"No slice is proven to be worse than the rest ({tried}).", "found"
    worst = report.slices.found[0]
    sentence = (
        f"The worst slice: {worst.rule}. Accuracy {worst.accuracy:.1%} on its {worst.num_rows:,} reviews, "
        f"{worst.rest_accuracy:.1%} on the rest."
    )
    return "warn", sentence, "found"


def _believable(report: ErrorReport) -> _Finding:
    deletion = report.deletion
    if math.isnan(deletion.gain):
        return "warn", "No answer could be explained: the reviews are too short.", "check"
    falls = (
        f"without its {deletion.num_words} strongest words an answer loses {deletion.fall_strongest:.2f} of its probability, "
        f"without {deletion.num_words} others {deletion.fall_random:.2f}."
    )
    if deletion.low > 0:
        return "note", f"The explanations hold: {falls}", "check"
    return "warn", f"The explanations are not to be trusted: {falls}", "check"
