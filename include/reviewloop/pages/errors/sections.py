"""The sections of the error page, one function each."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

from reviewloop.core.evaluation.error_analysis import PAIRS, SliceMistakes
from reviewloop.core.evaluation.error_report import ErrorReport, Mistake
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import legacy as parts
from reviewloop.pages.labels import label
from reviewloop.pages.words import coloured, key

STYLE: Final = """
.mistake{border-left:3px solid var(--line);padding:.1rem .8rem;margin:.6rem 0 1rem;max-width:56rem;overflow-wrap:anywhere}
.mistake p{margin:.15rem 0;max-width:none}.key-line{margin:.4rem 0 .8rem}td.rule{font-weight:600}th.n{white-space:normal}
"""


def _confusion(report: ErrorReport) -> str:
    rows = []
    for truth, counts in enumerate(report.matrix):
        whole = sum(counts) or 1
        cells = [f'{count:,} <span class="soft">{count / whole:.0%}</span>' for count in counts]
        rows.append([f"is {SENTIMENTS[truth]}", *cells])
    return parts.table(["", *(f"said {name}" for name in SENTIMENTS)], rows, numeric=(1, 2, 3))


def _surest(report: ErrorReport) -> str:
    lead = "Of each kind of mistake, those of which the model was surest. A label may be wrong as well as a model."
    shown = []
    for (truth, said), mistakes in groupby(report.surest, key=lambda one: (one.truth, one.said)):
        heading = f"<h3>{SENTIMENTS[truth].capitalize()} reviews said to be {SENTIMENTS[said]}</h3>"
        shown.append(heading + "".join(map(_mistake, mistakes)))
    return parts.paragraph(lead) + f'<p class="key-line">{key()}</p>' + "".join(shown or ["<p>No answer is wrong.</p>"])


def _mistake(mistake: Mistake) -> str:
    probabilities = ", ".join(
        f"{name} {share:.2f}" for name, share in zip(SENTIMENTS, mistake.explanation.probabilities, strict=True)
    )
    about = f"Review {mistake.review_id} of {mistake.day}, {probabilities}"
    return f'<div class="mistake"><p>{coloured(mistake.explanation)}</p><p class="soft">{escape(about)}</p></div>'


def _found(report: ErrorReport) -> str:
    search = report.slices
    lead = (
        "A small tree looks for plain facts about a review that come with more mistakes. One half of the sealed part proposes, the "
        f"other half ({search.num_judging:,} reviews) judges: what is named here is worse than the rest there, after Holm's "
        f"correction over the {search.num_proposed} slices that were proposed. The numbers are those of the judging half."
    )
    if not search.found:
        return parts.paragraph(lead, "soft") + parts.paragraph("None is proven to be worse than the rest.")
    head = ["Slice", "Reviews", "Accuracy", "Interval", "The rest", "Chance of luck"]
    rows = [
        [f"<b>{escape(one.rule)}</b>", f"{one.num_rows:,}", f"{one.accuracy:.1%}", f"{one.low:.1%} to {one.high:.1%}",
         f"{one.rest_accuracy:.1%}", _chance(one.chance)]
        for one in search.found
    ]  # fmt: skip
    examples = [
        f"<h3>{escape(one.rule)}</h3>" + "".join(map(_labelled, mistakes))
        for one, mistakes in zip(search.found, report.slice_examples, strict=True)
    ]
    return parts.paragraph(lead, "soft") + parts.table(head, rows, numeric=range(1, 6)) + "".join(examples)


def _chance(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "under 0.001"


def _labelled(mistake: Mistake) -> str:
    return f"<p>Is {SENTIMENTS[mistake.truth]}, said {SENTIMENTS[mistake.said]}</p>{_mistake(mistake)}"


def _by_slice(report: ErrorReport) -> str:
    lead = "Share of mistakes in every slice large enough to judge, and how many of each kind. Differences may be luck; see above."
    tables = []
    for facet, members in groupby(report.by_slice, key=lambda one: one.facet):
        tables.append(f"<h3>{escape(label(facet, report.labels))}</h3>{_facet(list(members))}")
    return parts.paragraph(lead, "soft") + "".join(tables or ["<p>No slice has enough reviews.</p>"])


def _facet(members: Sequence[SliceMistakes]) -> str:
    head = ["Value", "Reviews", "Mistakes", *(f"{SENTIMENTS[a]} said {SENTIMENTS[b]}" for a, b in PAIRS)]
    rows = [
        [parts.shorten(one.value), f"{one.num_rows:,}", f"{sum(one.mistakes) / one.num_rows:.1%}", *map(str, one.mistakes)]
        for one in members
    ]
    return parts.table(head, rows, numeric=range(1, len(head)))


def _misleading(report: ErrorReport) -> str:
    lead = (
        "Words that are more common in reviews that the model gets wrong than in those of the same sentiment that it gets right "
        "(log-odds with a prior; only words that luck does not explain). Numbers: wrong reviews that hold the word, right ones."
    )
    cells = []
    for name in SENTIMENTS:
        rows = [[escape(one.word), str(one.num_here), str(one.num_elsewhere)] for one in report.misleading[name]]
        cells.append(f"<h3>{name.capitalize()} reviews</h3>" + _words(["Word", "Wrong", "Right"], rows))
    return parts.paragraph(lead, "soft") + parts.grid(*cells)


def _carriers(report: ErrorReport) -> str:
    explained = " + ".join(f"{count} said {name}" for name, count in report.num_explained.items())
    lead = (
        f"What a word adds to the answer (in logits, against a blank text) on average over {explained} reviews, each word with its "
        "own 95 % interval. The surest first."
    )
    cells = []
    for name in SENTIMENTS:
        most = max((one.mean for one in report.carriers[name]), default=1.0)
        rows = [
            [escape(one.word), parts.bar(one.mean / most, parts.COLOURS[name]), f"{one.mean:+.2f}",
             f"{one.low:+.2f}…{one.high:+.2f}", str(one.num_texts)]
            for one in report.carriers[name]
        ]  # fmt: skip
        cells.append(f"<h3>{name.capitalize()}</h3>" + _words(["Word", "", "Mean", "Interval", "Texts"], rows))
    return parts.paragraph(lead, "soft") + parts.grid(*cells)


def _words(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    numeric = [place for place, name in enumerate(head) if name not in ("Word", "")]
    return parts.table(head, rows, numeric) if rows else "<p>None is certain.</p>"


def _check(report: ErrorReport) -> str:
    deletion = report.deletion
    sums = "–" if math.isnan(report.completeness_error) else f"{report.completeness_error:.1%}"
    lines = [parts.paragraph(f"Method: {report.method}.")]
    if deletion.num_texts:
        lines.append(
            parts.paragraph(
                f"{deletion.num_texts:,} answers were asked again. Without the {deletion.num_words} words that speak most for it, "
                f"the answer's probability falls by {deletion.fall_strongest:.3f} on average; without {deletion.num_words} words "
                f"drawn at random, by {deletion.fall_random:.3f}. The difference is {deletion.gain:+.3f} (95 % interval "
                f"{deletion.low:+.3f} to {deletion.high:+.3f}); explanations that say nothing of the model would leave 0."
            )
        )
    lines.append(parts.paragraph(f"The words' weights must add up to the answer's margin. They miss, on average, {sums} of it."))
    return "".join(lines)


SECTIONS: Final[Mapping[str, tuple[str, Callable[[ErrorReport], str]]]] = {
    "confusion": ("What is taken for what", _confusion),
    "surest": ("The surest mistakes", _surest),
    "found": ("Worst slices", _found),
    "slices": ("Mistakes by slice", _by_slice),
    "misleading": ("Words of the mistakes", _misleading),
    "carriers": ("Words that carry each sentiment", _carriers),
    "check": ("Can the explanations be believed", _check),
}
"""Anchor, heading and content, in the order of the page."""
