"""The sections of the error page, one function each."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from reviewloop.core.evaluation.error_analysis import PAIRS, SliceMistakes
from reviewloop.core.evaluation.error_report import ErrorReport, Mistake
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.labels import label
from reviewloop.pages.words import coloured, key


def _confusion(report: ErrorReport) -> Markup:
    rows = []
    for truth, counts in enumerate(report.matrix):
        whole = sum(counts) or 1
        rows.append([f"is {SENTIMENTS[truth]}", *(kit.below(f"{count:,}", f"{count / whole:.0%}") for count in counts)])
    return kit.table(["", *(f"said {name}" for name in SENTIMENTS)], rows, numeric=(1, 2, 3))


def _surest(report: ErrorReport) -> Markup:
    lead = "Of each kind of mistake, those of which the model was surest. A label may be wrong as well as a model."
    shown = []
    for (truth, said), mistakes in groupby(report.surest, key=lambda one: (one.truth, one.said)):
        shown.append(kit.heading(f"{SENTIMENTS[truth].capitalize()} reviews said to be {SENTIMENTS[said]}"))
        shown += map(_mistake, mistakes)
    return kit.join([kit.paragraph(lead), kit.paragraph(key()), *(shown or [kit.paragraph("No answer is wrong.")])])


def _mistake(mistake: Mistake) -> Markup:
    probabilities = ", ".join(
        f"{name} {share:.2f}" for name, share in zip(SENTIMENTS, mistake.explanation.probabilities, strict=True)
    )
    about = f"Review {mistake.review_id} of {mistake.day}, {probabilities}"
    return Markup("<blockquote>{}{}</blockquote>").format(
        kit.paragraph(coloured(mistake.explanation)), kit.paragraph(about, "soft")
    )


def _found(report: ErrorReport) -> Markup:
    search = report.slices
    lead = (
        "A small tree looks for plain facts about a review that come with more mistakes. One half of the sealed part proposes, the "
        f"other half ({search.num_judging:,} reviews) judges: what is named here is worse than the rest there, after Holm's "
        f"correction over the {search.num_proposed} slices that were proposed. The numbers are those of the judging half."
    )
    if not search.found:
        return kit.join([kit.paragraph(lead, "soft"), kit.paragraph("None is proven to be worse than the rest.")])
    head = ["Slice", "Reviews", "Accuracy", "Interval", "The rest", "Chance of luck"]
    rows = [
        [Markup("<b>{}</b>").format(one.rule), f"{one.num_rows:,}", f"{one.accuracy:.1%}", f"{one.low:.1%} to {one.high:.1%}",
         f"{one.rest_accuracy:.1%}", _chance(one.chance)]
        for one in search.found
    ]  # fmt: skip
    examples: list[Markup] = []
    for one, mistakes in zip(search.found, report.slice_examples, strict=True):
        examples += [kit.heading(one.rule), *map(_labelled, mistakes)]
    return kit.join([kit.paragraph(lead, "soft"), kit.table(head, rows, numeric=range(1, 6)), *examples])


def _chance(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "under 0.001"


def _labelled(mistake: Mistake) -> Markup:
    said = kit.paragraph(f"Is {SENTIMENTS[mistake.truth]}, said {SENTIMENTS[mistake.said]}")
    return kit.join([said, _mistake(mistake)])


def _by_slice(report: ErrorReport) -> Markup:
    lead = "Share of mistakes in every slice large enough to judge, and how many of each kind. Differences may be luck; see above."
    tables: list[Markup] = []
    for facet, members in groupby(report.by_slice, key=lambda one: one.facet):
        tables += [kit.heading(label(facet, report.labels)), _facet(list(members))]
    return kit.join([kit.paragraph(lead, "soft"), *(tables or [kit.paragraph("No slice has enough reviews.")])])


def _facet(members: Sequence[SliceMistakes]) -> Markup:
    head = ["Value", "Reviews", "Mistakes", *(f"{SENTIMENTS[a]} said {SENTIMENTS[b]}" for a, b in PAIRS)]
    rows = [
        [kit.shorten(one.value), f"{one.num_rows:,}", f"{sum(one.mistakes) / one.num_rows:.1%}", *map(str, one.mistakes)]
        for one in members
    ]
    return kit.table(head, rows, numeric=range(1, len(head)), kind="many")


def _misleading(report: ErrorReport) -> Markup:
    lead = (
        "Words that are more common in reviews that the model gets wrong than in those of the same sentiment that it gets right "
        "(log-odds with a prior; only words that luck does not explain). Numbers: wrong reviews that hold the word, right ones."
    )
    cells = []
    for name in SENTIMENTS:
        rows = [[one.word, one.num_here, one.num_elsewhere] for one in report.misleading[name]]
        cells.append(kit.join([kit.heading(f"{name.capitalize()} reviews"), _words(["Word", "Wrong", "Right"], rows)]))
    return kit.join([kit.paragraph(lead, "soft"), kit.grid(*cells)])


def _carriers(report: ErrorReport) -> Markup:
    explained = " + ".join(f"{count} said {name}" for name, count in report.num_explained.items())
    lead = (
        f"What a word adds to the answer (in logits, against a blank text) on average over {explained} reviews, each word with its "
        "own 95 % interval. The surest first."
    )
    cells = []
    for name in SENTIMENTS:
        most = max((one.mean for one in report.carriers[name]), default=1.0)
        rows = [
            [one.word, kit.bar(one.mean / most, name), f"{one.mean:+.2f}",
             f"{one.low:+.2f}…{one.high:+.2f}", one.num_texts]
            for one in report.carriers[name]
        ]  # fmt: skip
        cells.append(kit.join([kit.heading(name.capitalize()), _words(["Word", "", "Mean", "Interval", "Texts"], rows)]))
    return kit.join([kit.paragraph(lead, "soft"), kit.grid(*cells)])


def _words(head: Sequence[str], rows: Sequence[Sequence[kit.Cell]]) -> Markup:
    numeric = [place for place, name in enumerate(head) if name not in ("Word", "")]
    return kit.table(head, rows, numeric, kind="middle") if rows else kit.paragraph("None is certain.")


def _check(report: ErrorReport) -> Markup:
    deletion = report.deletion
    sums = "–" if math.isnan(report.completeness_error) else f"{report.completeness_error:.1%}"
    lines = [kit.paragraph(f"Method: {report.method}.")]
    if deletion.num_texts:
        lines.append(
            kit.paragraph(
                f"{deletion.num_texts:,} answers were asked again. Without the {deletion.num_words} words that speak most for it, "
                f"the answer's probability falls by {deletion.fall_strongest:.3f} on average; without {deletion.num_words} words "
                f"drawn at random, by {deletion.fall_random:.3f}. The difference is {deletion.gain:+.3f} (95 % interval "
                f"{deletion.low:+.3f} to {deletion.high:+.3f}); explanations that say nothing of the model would leave 0."
            )
        )
    lines.append(kit.paragraph(f"The words' weights must add up to the answer's margin. They miss, on average, {sums} of it."))
    return kit.join(lines)


SECTIONS: Final[Mapping[str, tuple[str, Callable[[ErrorReport], Markup]]]] = {
    "confusion": ("What is taken for what", _confusion),
    "surest": ("The surest mistakes", _surest),
    "found": ("Worst slices", _found),
    "slices": ("Mistakes by slice", _by_slice),
    "misleading": ("Words of the mistakes", _misleading),
    "carriers": ("Words that carry each sentiment", _carriers),
    "check": ("Can the explanations be believed", _check),
}
"""Anchor, heading and content, in the order of the page."""
