"""The error analysis of a model as one HTML page: what goes wrong most, then examples, slices and words. Nothing is fetched."""

import math
from html import escape

from reviewloop.core.evaluation.error_report import ErrorReport
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import legacy as parts
from reviewloop.pages.errors.sections import SECTIONS, STYLE


def error_page(report: ErrorReport) -> str:
    """The page. All that strangers wrote is escaped."""
    title = f"Where the {report.kind} is wrong"
    menu = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, (name, _) in SECTIONS.items())
    sections = "".join(
        f'<section id="{anchor}"><h2>{escape(name)}</h2>{render(report)}</section>' for anchor, (name, render) in SECTIONS.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{parts.STYLE}{STYLE}</style></head>\n"
        f'<body><div class="page"><nav aria-label="Contents"><ul><li><a href="#top">Overview</a></li>{menu}</ul></nav>'
        f'<main id="top"><h1>{escape(title)}</h1>{_overview(report)}{sections}</main></div></body></html>\n'
    )


def _overview(report: ErrorReport) -> str:
    share = report.num_mistakes / report.num_rows if report.num_rows else 0.0
    tiles = [
        parts.tile(f"{report.num_rows:,}", "sealed reviews"),
        parts.tile(f"{report.num_mistakes:,}", f"mistakes, {share:.1%}"),
        parts.tile(f"{len(report.slices.found)}", "slices proven to be worse than the rest"),
        parts.tile(f"{report.deletion.num_texts:,}", "answers explained and checked"),
    ]
    found = "".join(
        f'<li class="{kind}"><b>{"Warning" if kind == "warn" else "Note"}:</b> {escape(text)} <a href="#{section}">more</a></li>'
        for kind, text, section in (_commonest(report), _worst(report), _believable(report))
    )
    lead = f"The candidate of job {report.job_key[:16]} on the sealed test part. Nothing here is a gate; it shows what to mend."
    return parts.paragraph(lead, "soft") + f'<div class="tiles">{"".join(tiles)}</div><ul class="found">{found}</ul>'


def _commonest(report: ErrorReport) -> tuple[str, str, str]:
    """Kind, sentence and section of the confusion with the most rows."""
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


def _worst(report: ErrorReport) -> tuple[str, str, str]:
    if not report.slices.found:
        tried = f"{report.slices.num_proposed} slices were tried" if report.slices.num_proposed else "none stood out"
        return "note", f"No slice is proven to be worse than the rest ({tried}).", "found"
    worst = report.slices.found[0]
    sentence = (
        f"The worst slice: {worst.rule}. Accuracy {worst.accuracy:.1%} on its {worst.num_rows:,} reviews, "
        f"{worst.rest_accuracy:.1%} on the rest."
    )
    return "warn", sentence, "found"


def _believable(report: ErrorReport) -> tuple[str, str, str]:
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
