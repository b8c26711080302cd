"""The bias report of a day as a page that a product manager can read: what stands out, what it may mean, then every number."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from markupsafe import Markup

from reviewloop.config import BiasConfig
from reviewloop.core.bias.measures import COLUMNS
from reviewloop.core.bias.reading import KINDS, Reading, read
from reviewloop.core.bias.verdicts import GroupReport, in_words
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.bias.plot import facet_plot
from reviewloop.pages.bias.shared import MAX_NAMED, cell, compares, heading, largest, limits_table, marked_groups, shown_groups
from reviewloop.pages.links import Links
from reviewloop.refs import Verdict

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
    verdict: Verdict,
    reason: str,
    groups: Sequence[GroupReport],
    bias: BiasConfig,
    labels: Mapping[str, str],
    links: Links,
) -> str:
    """HTML; ``labels`` name the facets."""
    num_judged = sum(group.verdict != "not enough evidence" for group in groups)
    num_tests = sum(mark.verdict != "not enough evidence" for group in groups for mark in group.marks)
    lead = (
        "Do all groups of customers say the same about us? Each group is compared with all other reviews of the day: "
        f"{len(groups)} groups in {len(bias.facets)} facets, {num_judged} of them large enough to judge ({bias.min_group_rows} "
        "reviews or more)."
    )
    sections = [kit.section("standing-out", "What stands out", lambda: _standing_out(groups, bias))]
    for facet, members in groupby(groups, key=lambda group: group.facet):  # measured facet by facet
        made = partial(_facet, list(members), bias, labels)
        sections.append(kit.section(f"facet-{len(sections)}", heading(facet, bias, labels), made))
    sections += [
        kit.section("measures", "The eight measures", lambda: kit.table(["Measure", "Name", "In words"], _MEASURES)),
        kit.section("kinds", "Where bias comes from", _kinds),
        kit.section("method", "How sure this is", lambda: _method(bias, num_tests)),
    ]
    top = kit.paragraph(lead, "soft")
    return kit.page(f"Bias before training, {day}", links, kit.Verdict(verdict, verdict, reason), top, sections)


def _standing_out(groups: Sequence[GroupReport], bias: BiasConfig) -> Markup:
    marked = [group for group in groups if group.verdict in ("warn", "reject")]
    if not marked:
        nothing = kit.paragraph("Nothing: no group is beyond a limit. The largest differences:")
        return kit.join([nothing, largest(groups, "DPL")])
    marked.sort(key=lambda group: (group.verdict != "reject", -group.marked("warn", "reject")[0].strength))
    alike: dict[Reading, list[GroupReport]] = {}
    for group in marked[:MAX_NAMED]:
        alike.setdefault(read(group), []).append(group)
    cards = [_card(reading, members, bias) for reading, members in alike.items()]
    if len(marked) > MAX_NAMED:
        cards.append(kit.paragraph(f"{len(marked) - MAX_NAMED} more groups are marked below."))
    return kit.join(cards)


def _card(reading: Reading, groups: Sequence[GroupReport], bias: BiasConfig) -> Markup:
    """Groups with the same reading, then once what that may mean."""
    named = marked_groups([(group, in_words(group, bias)) for group in groups], "stops the day")
    advice = [Markup("<b>{} bias</b>: {}. <b>Do</b>: {}.").format(kind, *KINDS[kind]) for kind in reading.kinds]
    body = kit.join([named, kit.paragraph("Look first for:"), kit.bullets(advice)])
    return kit.card("fail" if groups[0].verdict == "reject" else "warn", reading.words, body)


def _facet(groups: Sequence[GroupReport], bias: BiasConfig, labels: Mapping[str, str]) -> Markup:
    config = next(one for one in bias.facets if one.name == groups[0].facet)
    is_pair = len(config.columns) > 1
    shown, left_out = shown_groups(groups, is_pair)
    if not shown:
        return left_out
    caption = kit.paragraph(f"CDDL {compares(config, labels)}.", "soft")
    numbers = kit.details("All eight measures", _numbers(shown)) if is_pair else _numbers(shown)
    return kit.join([facet_plot(shown, bias.limits["DPL"]), caption, numbers, left_out])


def _numbers(groups: Sequence[GroupReport]) -> Markup:
    head = ["Group", "Reviews", *(f"{name} {SENTIMENTS[outcome]}" if outcome is not None else name for name, outcome in COLUMNS)]
    rows = [
        [group.group, f"{group.num_rows:,}", *(cell(mark, signed=mark.measure in _SIGNED) for mark in group.marks)]
        for group in groups
    ]
    return kit.table(head, rows, numeric=range(1, len(head)), kind="many")


def _kinds() -> Markup:
    return kit.table(["Kind of bias", "What it is", "What to do"], [[kind, *words] for kind, words in KINDS.items()])


def _method(bias: BiasConfig, num_tests: int) -> Markup:
    signs = (
        "✗ beyond the reject limit, ! beyond the warn limit, grey: not enough evidence to say. The small numbers are 95 % "
        f"intervals from {bias.num_resamples:,} bootstrap resamples (seed {bias.seed})."
    )
    luck = (
        f"{num_tests:,} measures are judged on this page, so some would look bad by chance alone. A mark therefore needs two "
        "things: the value lies beyond its limit, and the evidence for that holds after Holm's correction over all of them. With "
        "it, the chance that a day without any difference beyond the limits carries even one mark is about "
        f"{bias.alpha:.0%} or less. A green dot in a coloured band is a difference that this many reviews cannot prove."
    )
    limits = (
        "CI counts below minus its limit, DPL and CDDL beyond it either way, the others above it. The measures "
        "are those of Amazon SageMaker Clarify: its distances leave out a sentiment that a group lacks, where DPL shows it. CDDL "
        "counts 0 where a subgroup lacks an outcome; such a value can lie outside its interval, and then the interval decides."
    )
    return kit.join([kit.paragraph(signs), kit.paragraph(luck), limits_table(bias.limits.items()), kit.paragraph(limits)])
