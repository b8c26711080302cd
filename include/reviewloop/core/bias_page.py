"""The bias report of a day as a page that a product manager can read: what stands out, what it may mean, then every number."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from reviewloop.config import BiasConfig
from reviewloop.core import pages
from reviewloop.core.bias.measures import COLUMNS
from reviewloop.core.bias.reading import KINDS, Reading, read
from reviewloop.core.bias.verdicts import GroupReport, Mark, MarkVerdict, in_words
from reviewloop.core.bias_plot import facet_plot
from reviewloop.core.reviews import SENTIMENTS

MAX_NAMED: Final = 10
"""Groups explained at the top; the tables below have all of them."""
_MAX_SMALL: Final = 30
_SYMBOLS: Final[dict[MarkVerdict, str]] = {"ok": "", "warn": "! ", "reject": "✗ ", "not enough evidence": ""}
_CLASSES: Final[dict[MarkVerdict, str]] = {"ok": "", "warn": "unknown", "reject": "fail", "not enough evidence": "small"}
STYLE: Final = """<style>
body{max-width:1240px}h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-top:1px solid #e1e5ea;padding-top:1.2rem}
.plot{width:100%;height:auto;font-family:system-ui,sans-serif;margin:.5rem 0}.wide{overflow-x:auto}
.wide table{font-size:.78rem}.wide td,.wide th{padding:.3rem .3rem}.wide td{white-space:nowrap;font-variant-numeric:tabular-nums}
.wide i{display:block;font-style:normal;font-weight:400;color:#52606d;font-size:.66rem}.small,.small i{color:#9aa5b1}
.card{border-left:4px solid #b3261e;background:#f5f7f9;padding:.6rem 1rem;margin:.7rem 0}.card.warn{border-color:#8a6100}
.card p{margin:.2rem 0}.card ul{margin:.3rem 0;padding-left:1.2rem}summary{cursor:pointer;color:#1257a8;margin:.4rem 0}
</style>"""

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
    day: str, verdict: str, reason: str, groups: Sequence[GroupReport], bias: BiasConfig, docs_href: str | None = None
) -> str:
    """HTML. ``verdict`` is pass, warn or fail; ``docs_href`` is the suite's Data Docs page beside this one."""
    num_judged = sum(group.verdict != "not enough evidence" for group in groups)
    num_tests = sum(mark.verdict != "not enough evidence" for group in groups for mark in group.marks)
    lead = (
        "Do all groups of customers say the same about us? Each group is compared with all other reviews of the day: "
        f"{len(groups)} groups in {len(bias.facets)} facets, {num_judged} of them large enough to judge ({bias.min_group_rows} "
        "reviews or more)."
    )
    docs = f"<p>{pages.link(docs_href, 'The same as Great Expectations Data Docs')}</p>" if docs_href else ""
    kind = "unknown" if verdict == "warn" else verdict
    return pages.page(
        f"Bias before training, {day}",
        STYLE
        + f"<p>{pages.verdict(verdict, kind)}: {escape(reason)}</p>{pages.lead(lead)}{docs}"
        + _standing_out(groups, bias)
        + "".join(
            _facet(facet, list(members), bias)
            for facet, members in groupby(groups, key=lambda group: group.facet)  # measured facet by facet
        )
        + _glossary()
        + _method(bias, num_tests),
    )


def _standing_out(groups: Sequence[GroupReport], bias: BiasConfig) -> str:
    marked = [group for group in groups if group.verdict in ("warn", "reject")]
    if not marked:
        return "<h2>What stands out</h2><p>Nothing: no group is beyond a limit. The largest differences:</p>" + _largest(groups)
    marked.sort(key=lambda group: (group.verdict != "reject", -group.marked("warn", "reject")[0].strength))
    alike: dict[Reading, list[GroupReport]] = {}
    for group in marked[:MAX_NAMED]:
        alike.setdefault(read(group), []).append(group)
    more = f"<p>{len(marked) - MAX_NAMED} more groups are marked below.</p>" if len(marked) > MAX_NAMED else ""
    return "<h2>What stands out</h2>" + "".join(_card(reading, members, bias) for reading, members in alike.items()) + more


def _largest(groups: Sequence[GroupReport]) -> str:
    judged = [(group, mark) for group in groups for mark in group.marks if mark.verdict == "ok" and mark.measure == "DPL"]
    judged.sort(key=lambda one: -one[1].strength)
    return "<ul>" + "".join(f"<li>{escape(group.name)}: {escape(mark.in_words())}</li>" for group, mark in judged[:3]) + "</ul>"


def _card(reading: Reading, groups: Sequence[GroupReport], bias: BiasConfig) -> str:
    """Groups with the same reading, then once what that may mean."""
    word = {"reject": pages.verdict("stops the day", "fail"), "warn": pages.verdict("warning", "unknown")}
    lines = "".join(f"<li><b>{escape(g.name)}</b> {word[g.verdict]}: {escape(in_words(g, bias))}.</li>" for g in groups)
    advice = "".join(f"<li><b>{kind} bias</b>: {KINDS[kind][0]}. <b>Do</b>: {KINDS[kind][1]}.</li>" for kind in reading.kinds)
    return (
        f'<div class="card {groups[0].verdict}"><p><b>{escape(reading.words)}</b></p><ul>{lines}</ul>'
        f"<p>Look first for:</p><ul>{advice}</ul></div>"
    )


def _facet(facet: str, groups: Sequence[GroupReport], bias: BiasConfig) -> str:
    config = next(one for one in bias.facets if one.name == facet)
    is_pair = len(config.columns) > 1
    shown = [group for group in groups if not is_pair or group.verdict != "not enough evidence"]
    small = [f"{group.group} ({group.num_rows})" for group in groups if group not in shown]
    left_out = ""
    if small:
        names = ", ".join(small[:_MAX_SMALL]) + (f" and {len(small) - _MAX_SMALL} more" if len(small) > _MAX_SMALL else "")
        left_out = f"<p class=small>Not enough evidence in {len(small)} groups: {escape(names)}.</p>"
    title = " and ".join(name.replace("_", " ") for name in config.columns)
    given = config.given.replace("_", " ")
    numbers = f'<div class="wide">{_numbers(shown)}</div>'
    if is_pair:
        numbers = f"<details><summary>All eight measures</summary>{numbers}</details>"
    caption = pages.lead(f"CDDL compares reviews of the same {given}.")
    plot = facet_plot(shown, bias.limits["DPL"])
    return f"<h2>{escape(title.capitalize())}</h2>" + (plot + caption + numbers if shown else "") + left_out


def _numbers(groups: Sequence[GroupReport]) -> str:
    header = ["Group", "Reviews", *(f"{name} {SENTIMENTS[outcome]}" if outcome is not None else name for name, outcome in COLUMNS)]
    rows = [[escape(group.group), f"{group.num_rows:,}", *(_cell(mark) for mark in group.marks)] for group in groups]
    return pages.table(header, rows)


def _cell(mark: Mark) -> str:
    if mark.value is None:
        return '<span class="small">–</span>'
    form = "+z.2f" if mark.measure in ("CI", "DPL", "CDDL") else "z.2f"  # the distances have no direction
    interval = "" if mark.low is None else f"<i>{mark.low:{form}}…{mark.high:{form}}</i>"
    return f'<span class="{_CLASSES[mark.verdict]}">{_SYMBOLS[mark.verdict]}{mark.value:{form}}{interval}</span>'


def _glossary() -> str:
    measures = pages.table(["Measure", "Name", "In words"], _MEASURES)
    kinds = pages.table(["Kind of bias", "What it is", "What to do"], [[kind, *words] for kind, words in KINDS.items()])
    return f"<h2>The eight measures</h2>{measures}<h2>Where bias comes from</h2>{kinds}"


def _method(bias: BiasConfig, num_tests: int) -> str:
    limits = pages.table(
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
