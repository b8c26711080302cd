"""The bias of a model's answers as a page that a product manager can read: what stands out, what it may mean, every number."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

from reviewloop.config import BiasAfterConfig, BiasConfig
from reviewloop.core.bias.after.measures import MEASURES as COMPARED
from reviewloop.core.bias.after.verdicts import AfterBias, AfterReport
from reviewloop.core.bias.after.words import MEASURES, READINGS, in_words, reading
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import plain
from reviewloop.pages.bias.parts import MAX_NAMED, STYLE, cell, compares, heading, largest, shown_groups
from reviewloop.pages.bias.plot import facet_plot

_UNSIGNED: Final = ("DI", "GE")
_ENDS: Final = ("found more often", "less often")
"""Of the recall difference, which the plots show."""


def bias_after_page(title: str, found: AfterBias, bias: BiasConfig, after: BiasAfterConfig, labels: Mapping[str, str]) -> str:
    """HTML; ``title`` names the model, ``labels`` the facets."""
    rejected, warned = found.marked("reject"), found.marked("warn")
    word, kind = ("fail", "fail") if rejected else ("warn", "unknown") if warned else ("pass", "pass")
    num_judged = sum(group.verdict != "not enough evidence" for group in found.groups)
    counts = (
        f"{len(rejected)} groups beyond a reject limit, {len(warned)} beyond a warn limit; {num_judged} of {len(found.groups)} "
        f"groups have enough sealed reviews to judge."
    )
    lead = (
        "Does the model treat one group of customers worse than all others, on reviews that it never learnt from? Each sentiment "
        "in turn is the favourable one, and each group is compared with the rest."
    )
    return plain.page(
        f"Bias after training: {title}",
        STYLE
        + f"<p>{plain.verdict(word, kind)}: {escape(counts)}</p>{plain.lead(lead)}"
        + _standing_out([*rejected, *warned], found, after)
        + _entropy(found.whole)
        + "".join(_facet(list(some), bias, after, labels) for _, some in groupby(found.groups, key=lambda group: group.facet))
        + _glossary()
        + _method(found, after),
    )


def _standing_out(marked: Sequence[AfterReport], found: AfterBias, after: BiasAfterConfig) -> str:
    unjudged = ""
    if found.unjudged:
        names = ", ".join(name.replace("_", " ") for name in found.unjudged)
        unjudged = f"<p>Nothing can be said by {escape(names)}: no group and its rest are both large enough.</p>"
    if not marked:
        return "<h2>What stands out</h2><p>Nothing: no group is beyond a limit. The largest differences in recall:</p>" + (
            largest(found.groups, "RD") + unjudged
        )
    alike: dict[str, list[AfterReport]] = {}
    for report in marked[:MAX_NAMED]:
        alike.setdefault(reading(report), []).append(report)
    more = f"<p>{len(marked) - MAX_NAMED} more are marked below.</p>" if len(marked) > MAX_NAMED else ""
    return "<h2>What stands out</h2>" + "".join(_card(key, some, after) for key, some in alike.items()) + more + unjudged


def _card(key: str, reports: Sequence[AfterReport], after: BiasAfterConfig) -> str:
    """Groups with the same reading, then once what that may mean."""
    word = {"reject": plain.verdict("stops the model", "fail"), "warn": plain.verdict("warning", "unknown")}
    lines = "".join(f"<li><b>{escape(one.name)}</b> {word[one.verdict]}: {escape(in_words(one, after))}.</li>" for one in reports)
    meaning, advice = READINGS[key]
    kind = "reject" if any(one.verdict == "reject" for one in reports) else "warn"
    return f'<div class="card {kind}"><p><b>{escape(meaning)}</b></p><ul>{lines}</ul><p><b>Do</b>: {escape(advice)}.</p></div>'


def _entropy(whole: AfterReport) -> str:
    header = ["All reviews", *(f"{mark.measure}, {mark.outcome} favourable" for mark in whole.marks)]
    row = [f"{whole.num_rows:,}", *(cell(mark, signed=mark.measure not in _UNSIGNED) for mark in whole.marks)]
    return f'<h2>Everybody</h2><div class="wide">{plain.table(header, [row])}</div>'


def _facet(groups: Sequence[AfterReport], bias: BiasConfig, after: BiasAfterConfig, labels: Mapping[str, str]) -> str:
    config = next(one for one in bias.facets if one.name == groups[0].facet)
    shown, left_out = shown_groups(groups, is_pair=len(config.columns) > 1)
    title = heading(config, labels)
    if not shown:
        return f"<h2>{escape(title)}</h2>{left_out}"
    caption = plain.lead(
        f"Bars: the sentiments of the group's reviews. Beside them: how much less often than elsewhere each is found (RD). "
        f"CDDPL {compares(config, labels)}."
    )
    plot = facet_plot(shown, after.limits["RD"], "RD", _ENDS)
    tables = "".join(_numbers(shown, label) for label in range(len(SENTIMENTS)))
    return f"<h2>{escape(title)}</h2>{plot}{caption}<details><summary>All measures</summary>{tables}</details>{left_out}"


def _numbers(groups: Sequence[AfterReport], label: int) -> str:
    """Every measure with one sentiment as the favourable one."""
    sentiment = SENTIMENTS[label]
    header = ["Group", "Reviews", f"{sentiment.capitalize()}", *COMPARED]
    rows = [
        [
            escape(group.group), f"{group.num_rows:,}", f"{group.labels[label]:,}",
            *(cell(mark, signed=mark.measure not in _UNSIGNED) for mark in group.marks if mark.outcome == sentiment),
        ]
        for group in groups
    ]  # fmt: skip
    return f'<h4>{sentiment.capitalize()} is favourable</h4><div class="wide">{plain.table(header, rows)}</div>'


def _glossary() -> str:
    rows = [[name, *map(escape, words)] for name, words in MEASURES.items()]
    note = 'The measures are those of Amazon SageMaker Clarify. "So" is the sentiment that counts as favourable.'
    return f"<h2>The measures</h2>{plain.lead(note)}{plain.table(['Measure', 'Name', 'In words'], rows)}"


def _method(found: AfterBias, after: BiasAfterConfig) -> str:
    num_tests = sum(mark.verdict != "not enough evidence" for report in found.reports for mark in report.marks)
    limits = plain.table(
        ["Measure", "Warn", "Reject"], [[name, f"{limit.warn:g}", f"{limit.reject:g}"] for name, limit in after.limits.items()]
    )
    return (
        "<h2>How sure this is</h2>"
        "<p>✗ beyond the reject limit, ! beyond the warn limit, grey: not enough evidence to say, – not defined. The small numbers "
        f"are 95 % intervals from {after.num_resamples:,} bootstrap resamples (seed {after.seed}). A share of fewer than "
        f"{after.min_rows} reviews of the group, or of the rest, is shown and judges nothing.</p>"
        f"<p>{num_tests:,} measures are judged on this page, so some would look bad by chance alone. A mark therefore needs two "
        "things: the value lies beyond its limit, and the evidence for that holds after Holm's correction over all of them. With "
        f"it, the chance that a model without any difference beyond the limits carries even one mark is about {after.alpha:.0%} or "
        "less. A dot in a coloured band without a mark is a difference that this many reviews cannot prove.</p>"
        f"{limits}<p>DI counts above its limit or below one over it, GE above it, all others beyond it either way. Like Clarify, a "
        "share of no reviews counts as 0.</p>"
    )
