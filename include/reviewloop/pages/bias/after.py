"""The bias of a model's answers as a page that a product manager can read: what stands out, what it may mean, every number."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from markupsafe import Markup

from reviewloop.config import BiasAfterConfig, BiasConfig
from reviewloop.core.bias.after.measures import MEASURES as COMPARED
from reviewloop.core.bias.after.verdicts import AfterBias, AfterReport
from reviewloop.core.bias.after.words import MEASURES, READINGS, in_words, reading
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.bias.plot import facet_plot
from reviewloop.pages.bias.shared import MAX_NAMED, cell, compares, heading, largest, limits_table, marked_groups, shown_groups
from reviewloop.pages.links import Links
from reviewloop.refs import Verdict

_UNSIGNED: Final = ("DI", "GE")
_ENDS: Final = ("found more often", "less often")
"""Of the recall difference, which the plots show."""


def bias_after_page(
    title: str, found: AfterBias, bias: BiasConfig, after: BiasAfterConfig, labels: Mapping[str, str], links: Links | None
) -> str:
    """HTML; ``title`` names the model, ``labels`` the facets. ``links`` is ``None`` for a copy kept where no page is served."""
    rejected, warned = found.marked("reject"), found.marked("warn")
    verdict: Verdict = "fail" if rejected else "warn" if warned else "pass"
    num_judged = sum(group.verdict != "not enough evidence" for group in found.groups)
    counts = (
        f"{len(rejected)} groups beyond a reject limit, {len(warned)} beyond a warn limit; {num_judged} of {len(found.groups)} "
        f"groups have enough sealed reviews to judge."
    )
    lead = (
        "Does the model treat one group of customers worse than all others, on reviews that it never learnt from? Each sentiment "
        "in turn is the favourable one, and each group is compared with the rest."
    )
    sections = [
        kit.section("standing-out", "What stands out", lambda: _standing_out([*rejected, *warned], found, after)),
        kit.section("everybody", "Everybody", lambda: _entropy(found.whole)),
    ]
    for facet, members in groupby(found.groups, key=lambda group: group.facet):
        made = partial(_facet, list(members), bias, after, labels)
        sections.append(kit.section(f"facet-{len(sections)}", heading(facet, bias, labels), made))
    sections += [
        kit.section("measures", "The measures", _glossary),
        kit.section("method", "How sure this is", lambda: _method(found, after)),
    ]
    top = kit.paragraph(lead, "soft")
    return kit.page(f"Bias after training: {title}", links, kit.Verdict(verdict, verdict, counts), top, sections)


def _standing_out(marked: Sequence[AfterReport], found: AfterBias, after: BiasAfterConfig) -> Markup:
    parts = []
    if not marked:
        parts.append(kit.paragraph("Nothing: no group is beyond a limit. The largest differences in recall:"))
        parts.append(largest(found.groups, "RD"))
    alike: dict[str, list[AfterReport]] = {}
    for report in marked[:MAX_NAMED]:
        alike.setdefault(reading(report), []).append(report)
    parts += [_card(key, some, after) for key, some in alike.items()]
    if len(marked) > MAX_NAMED:
        parts.append(kit.paragraph(f"{len(marked) - MAX_NAMED} more are marked below."))
    if found.unjudged:
        names = ", ".join(name.replace("_", " ") for name in found.unjudged)
        parts.append(kit.paragraph(f"Nothing can be said by {names}: no group and its rest are both large enough."))
    return kit.join(parts)


def _card(key: str, reports: Sequence[AfterReport], after: BiasAfterConfig) -> Markup:
    """Groups with the same reading, then once what that may mean."""
    meaning, advice = READINGS[key]
    named = marked_groups([(one, in_words(one, after)) for one in reports], "stops the model")
    kind: kit.Kind = "fail" if any(one.verdict == "reject" for one in reports) else "warn"
    return kit.card(kind, meaning, kit.join([named, kit.paragraph(Markup("<b>Do</b>: {}.").format(advice))]))


def _entropy(whole: AfterReport) -> Markup:
    head = ["All reviews", *(f"{mark.measure}, {mark.outcome} favourable" for mark in whole.marks)]
    row = [f"{whole.num_rows:,}", *(cell(mark, signed=mark.measure not in _UNSIGNED) for mark in whole.marks)]
    return kit.table(head, [row], numeric=range(len(head)))


def _facet(groups: Sequence[AfterReport], bias: BiasConfig, after: BiasAfterConfig, labels: Mapping[str, str]) -> Markup:
    config = next(one for one in bias.facets if one.name == groups[0].facet)
    shown, left_out = shown_groups(groups, is_pair=len(config.columns) > 1)
    if not shown:
        return left_out
    caption = kit.paragraph(
        f"Bars: the sentiments of the group's reviews. Beside them: how much less often than elsewhere each is found (RD). "
        f"CDDPL {compares(config, labels)}.",
        "soft",
    )
    plot = facet_plot(shown, after.limits["RD"], "RD", _ENDS)
    tables = kit.join(_numbers(shown, label) for label in range(len(SENTIMENTS)))
    return kit.join([plot, caption, kit.details("All measures", tables), left_out])


def _numbers(groups: Sequence[AfterReport], label: int) -> Markup:
    """Every measure with one sentiment as the favourable one."""
    sentiment = SENTIMENTS[label]
    head = ["Group", "Reviews", sentiment.capitalize(), *COMPARED]
    rows = [
        [
            group.group, f"{group.num_rows:,}", f"{group.labels[label]:,}",
            *(cell(mark, signed=mark.measure not in _UNSIGNED) for mark in group.marks if mark.outcome == sentiment),
        ]
        for group in groups
    ]  # fmt: skip
    table = kit.table(head, rows, numeric=range(1, len(head)), kind="many")
    return kit.join([kit.heading(f"{sentiment.capitalize()} is favourable"), table])


def _glossary() -> Markup:
    note = 'The measures are those of Amazon SageMaker Clarify. "So" is the sentiment that counts as favourable.'
    rows = [[name, *words] for name, words in MEASURES.items()]
    return kit.join([kit.paragraph(note, "soft"), kit.table(["Measure", "Name", "In words"], rows)])


def _method(found: AfterBias, after: BiasAfterConfig) -> Markup:
    num_tests = sum(mark.verdict != "not enough evidence" for report in found.reports for mark in report.marks)
    signs = (
        "✗ beyond the reject limit, ! beyond the warn limit, grey: not enough evidence to say, – not defined. The small numbers "
        f"are 95 % intervals from {after.num_resamples:,} bootstrap resamples (seed {after.seed}). A share of fewer than "
        f"{after.min_rows} reviews of the group, or of the rest, is shown and judges nothing."
    )
    luck = (
        f"{num_tests:,} measures are judged on this page, so some would look bad by chance alone. A mark therefore needs two "
        "things: the value lies beyond its limit, and the evidence for that holds after Holm's correction over all of them. With "
        f"it, the chance that a model without any difference beyond the limits carries even one mark is about {after.alpha:.0%} or "
        "less. A dot in a coloured band without a mark is a difference that this many reviews cannot prove."
    )
    limits = (
        "DI counts above its limit or below one over it, GE above it, all others beyond it either way. Like Clarify, a "
        "share of no reviews counts as 0."
    )
    return kit.join([kit.paragraph(signs), kit.paragraph(luck), limits_table(after.limits.items()), kit.paragraph(limits)])
