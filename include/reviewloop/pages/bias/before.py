"""The bias report of a day as a page that a product manager can read: what stands out, what it may mean, then every number."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

from reviewloop.config import BiasConfig
from reviewloop.core.bias.measures import COLUMNS
from reviewloop.core.bias.reading import KINDS, Reading, read
from reviewloop.core.bias.verdicts import GroupReport, in_words
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import plain
from reviewloop.pages.bias.parts import MAX_NAMED, STYLE, cell, compares, heading, largest, shown_groups
from reviewloop.pages.bias.plot import facet_plot

_SIGNED: Final = ("CI", "DPL", "CDDL")
"""The distances have no direction."""
_MEASURES: Final = (
    ("CI", "Class imbalance", "How large the group is: near +1 it is tiny, near -1 it crowds out everybody else."),
    ("DPL", "Difference in proportions of labels", "The rest's share of one sentiment minus the group's. 0: the same share."),
    (
        "KL",
        "Kullback-Leibler divergence",
        "How surprising the group's sentiments are to somebody who knows the rest. 0: not at all.",
    ),
    ("JS", "Jensen-Shannon divergence", "The same, seen from both sides at once: from 0 to 0.69."),
    ("LP", "L2 norm", "The straight-line distance between the two sets of shares, from 0 to 1.41."),
    (
        "TVD",
        "Total variation distance",
        "The share of the group's reviews that would need another sentiment to look like the rest.",
    ),
    ("KS", "Kolmogorov-Smirnov", "The largest difference in any one sentiment."),
    (
        "CDDL",
        "Conditional demographic disparity",
        "Like DPL, but like is compared with like, inside each value of another variable.",
    ),
)


def bias_page(
    day: str,
    verdict: str,
    reason: str,
    groups: Sequence[GroupReport],
    bias: BiasConfig,
    labels: Mapping[str, str],
    docs_href: str | None = None,
) -> str:
    """HTML. ``verdict`` is pass, warn or fail; ``labels`` name the facets; ``docs_href`` is the suite's Data Docs."""
    num_judged = sum(group.verdict != "not enough evidence" for group in groups)
    num_tests = sum(mark.verdict != "not enough evidence" for group in groups for mark in group.marks)
    lead = (
        "Do all groups of customers say the same about us? Each group is compared with all other reviews of the day: "
        f"{len(groups)} groups in {len(bias.facets)} facets, {num_judged} of them large enough to judge ({bias.min_group_rows} "
        "reviews or more)."
    )
    docs = f"<p>{plain.link(docs_href, 'The same as Great Expectations Data Docs')}</p>" if docs_href else ""
    kind = "unknown" if verdict == "warn" else verdict
    return plain.page(
        f"Bias before training, {day}",
        STYLE
        + f"<p>{plain.verdict(verdict, kind)}: {escape(reason)}</p>{plain.lead(lead)}{docs}"
        + _standing_out(groups, bias)
        + "".join(
            _facet(facet, list(members), bias, labels)
            for facet, members in groupby(groups, key=lambda group: group.facet)  # measured facet by facet
        )
        + _glossary()
        + _method(bias, num_tests),
    )


def _standing_out(groups: Sequence[GroupReport], bias: BiasConfig) -> str:
    marked = [group for group in groups if group.verdict in ("warn", "reject")]
    if not marked:
        return "<h2>What stands out</h2><p>Nothing: no group is beyond a limit. The largest differences:</p>" + largest(
            groups, "DPL"
        )
    marked.sort(key=lambda group: (group.verdict != "reject", -group.marked("warn", "reject")[0].strength))
    alike: dict[Reading, list[GroupReport]] = {}
    for group in marked[:MAX_NAMED]:
        alike.setdefault(read(group), []).append(group)
    more = f"<p>{len(marked) - MAX_NAMED} more groups are marked below.</p>" if len(marked) > MAX_NAMED else ""
    return "<h2>What stands out</h2>" + "".join(_card(reading, members, bias) for reading, members in alike.items()) + more


def _card(reading: Reading, groups: Sequence[GroupReport], bias: BiasConfig) -> str:
    """Groups with the same reading, then once what that may mean."""
    word = {"reject": plain.verdict("stops the day", "fail"), "warn": plain.verdict("warning", "unknown")}
    lines = "".join(f"<li><b>{escape(g.name)}</b> {word[g.verdict]}: {escape(in_words(g, bias))}.</li>" for g in groups)
    advice = "".join(f"<li><b>{kind} bias</b>: {KINDS[kind][0]}. <b>Do</b>: {KINDS[kind][1]}.</li>" for kind in reading.kinds)
    return (
        f'<div class="card {groups[0].verdict}"><p><b>{escape(reading.words)}</b></p><ul>{lines}</ul>'
        f"<p>Look first for:</p><ul>{advice}</ul></div>"
    )


def _facet(facet: str, groups: Sequence[GroupReport], bias: BiasConfig, labels: Mapping[str, str]) -> str:
    config = next(one for one in bias.facets if one.name == facet)
    is_pair = len(config.columns) > 1
    shown, left_out = shown_groups(groups, is_pair)
    numbers = f'<div class="wide">{_numbers(shown)}</div>'
    if is_pair:
        numbers = f"<details><summary>All eight measures</summary>{numbers}</details>"
    caption = plain.lead(f"CDDL {compares(config, labels)}.")
    plot = facet_plot(shown, bias.limits["DPL"])
    return f"<h2>{escape(heading(config, labels))}</h2>" + (plot + caption + numbers if shown else "") + left_out


def _numbers(groups: Sequence[GroupReport]) -> str:
    header = ["Group", "Reviews", *(f"{name} {SENTIMENTS[outcome]}" if outcome is not None else name for name, outcome in COLUMNS)]
    rows = [
        [escape(group.group), f"{group.num_rows:,}", *(cell(mark, signed=mark.measure in _SIGNED) for mark in group.marks)]
        for group in groups
    ]
    return plain.table(header, rows)


def _glossary() -> str:
    measures = plain.table(["Measure", "Name", "In words"], _MEASURES)
    kinds = plain.table(["Kind of bias", "What it is", "What to do"], [[kind, *words] for kind, words in KINDS.items()])
    return f"<h2>The eight measures</h2>{measures}<h2>Where bias comes from</h2>{kinds}"


def _method(bias: BiasConfig, num_tests: int) -> str:
    limits = plain.table(
        ["Measure", "Warn", "Reject"], [[name, f"{limit.warn:g}", f"{limit.reject:g}"] for name, limit in bias.limits.items()]
    )
    return (
        "<h2>How sure this is</h2>"
        "<p>✗ beyond the reject limit, ! beyond the warn limit, grey: not enough evidence to say. The small numbers are 95 % "
        f"intervals from {bias.num_resamples:,} bootstrap resamples (seed {bias.seed}).</p>"
        f"<p>{num_tests:,} measures are judged on this page, so some would look bad by chance alone. A mark therefore needs two "
        "things: the value lies beyond its limit, and the evidence for that holds after Holm's correction over all of them. With "
        "it, the chance that a day without any difference beyond the limits carries even one mark is about "
        f"{bias.alpha:.0%} or less. A green dot in a coloured band is a difference that this many reviews cannot prove.</p>"
        f"{limits}<p>CI counts below minus its limit, DPL and CDDL beyond it either way, the others above it. The measures "
        "are those of Amazon SageMaker Clarify: its distances leave out a sentiment that a group lacks, where DPL shows it. CDDL "
        "counts 0 where a subgroup lacks an outcome; such a value can lie outside its interval, and then the interval decides.</p>"
    )
