"""A model's behaviour as a page: what was asked of it, how often it answered well, and the worst answers word by word."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from html import escape
from typing import Any, Final

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import plain

_STYLE: Final = """<style>
h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-top:1px solid #e1e5ea;padding-top:1.2rem}
mark{background:#fff2a8;color:inherit;padding:0 .1em}.soft{color:#52606d;font-size:.85em}.wide{overflow-x:auto}
details{margin:.3rem 0}summary{cursor:pointer;color:#1257a8}td:first-child{min-width:9rem}.said{white-space:nowrap}
</style>"""
_KINDS: Final = {
    "mft": ("What it can do", "Short texts whose sentiment nobody doubts. Passed: the answer is an expected one."),
    "inv": ("What must not change its answer", "Sealed reviews and a change that means nothing. Passed: the same answer."),
    "dir": ("What must move it", "A sentence is added to sealed reviews. Passed: the probability moves as it should."),
}
"""Kind of test: heading, what it asks."""
_MUST: Final = {"rise": "must rise", "not fall": "must not fall"}


def behaviour_page(model: str, report: Mapping[str, Any]) -> str:
    """HTML. ``report`` holds the sections ``behaviour``, ``flips`` and ``important`` (see ``adapters.behaviour_suite``)."""
    section = report["behaviour"]
    capabilities: Sequence[Mapping[str, Any]] = section["capabilities"]
    num_cases, num_passed = (sum(one[name] for one in capabilities) for name in ("num_cases", "num_passed"))
    lead = (
        f"Does the {model} read as a person would? {num_cases:,} small tests, {num_passed:,} passed; {len(report['important'])} "
        f"important examples; {sum(one['num_pairs'] for one in report['flips']):,} pairs of reviews that differ only in who is "
        f"spoken of. {section['num_texts']:,} texts in all."
    )
    return plain.page(
        f"Behaviour: {model}",
        _STYLE
        + plain.lead(lead)
        + _important(report["important"])
        + "".join(_kind(kind, [one for one in capabilities if one["kind"] == kind]) for kind in _KINDS)
        + _flips(report["flips"])
        + _method(section),
    )


def _important(examples: Sequence[Mapping[str, Any]]) -> str:
    num_wrong = sum(not one["right"] for one in examples)
    finding = plain.verdict(f"{num_wrong} wrong", "fail") if num_wrong else plain.verdict("all right", "pass")
    rows = []
    for one in examples:
        mark = plain.verdict("right", "pass") if one["right"] else plain.verdict("wrong", "fail")
        name = f'{mark}<br><b>{escape(one["id"])}</b><br><span class="soft">{escape(one["owner"])}</span>'
        why = f'{escape(one["text"])}<br><span class="soft">Why: {escape(one["why"])}</span>'
        rows.append([name, why, escape(" or ".join(one["expected"])), _said(one)])
    table = plain.table(["Example", "Text", "Expected", "Said"], rows)
    return f"<h2>Important examples</h2><p>{finding}, of {len(examples)} that the owners named.</p>{_wide(table)}"


def _kind(kind: str, capabilities: Sequence[Mapping[str, Any]]) -> str:
    heading, about = _KINDS[kind]
    rows = [[f"<b>{_name(one['name'])}</b>", escape(one["about"]), *_rate(one, one["num_passed"])] for one in capabilities]
    table = plain.table(["Capability", "What it asks", "Passed", "Rate", "95 % interval"], rows)
    return f"<h2>{heading}</h2>{plain.lead(about)}{_wide(table)}" + "".join(_failures(one) for one in capabilities)


def _rate(one: Mapping[str, Any], count: int) -> list[str]:
    of = f"{count} of {one['num_cases'] if 'num_cases' in one else one['num_pairs']}"
    if one["rate"] is None:
        return [of, plain.verdict("not enough evidence", "unknown"), "–"]
    return [of, f"{one['rate']:.1%}{plain.bar(one['rate'])}", f"{one['low']:.1%} to {one['high']:.1%}"]


def _failures(one: Mapping[str, Any]) -> str:
    failures: Sequence[Mapping[str, Any]] = one["failures"]
    if not failures:
        return ""
    if failures[0]["before"] is None:
        asked = [[escape(f["after"]["text"]), escape(" or ".join(f["expected"])), _said(f["after"])] for f in failures]
        table = plain.table(["Text", "Expected", "Said"], asked)
    else:
        table = _pairs([(f["before"], f["after"], _asked(f)) for f in failures], ("Before", "After"))
    num_failed = one["num_cases"] - one["num_passed"]
    title = f"{_name(one['name'])}: {num_failed} failed" + (f", the worst {len(failures)}" if num_failed > len(failures) else "")
    return f"<details><summary>{title}</summary>{_wide(table)}</details>"


def _asked(failure: Mapping[str, Any]) -> str:
    if failure["must"] is None:
        return "the same answer"
    return f"{' or '.join(failure['expected'])} {_MUST[failure['must']]}"


def _pairs(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], str]], names: tuple[str, str]) -> str:
    rows = []
    for before, after, asked in pairs:
        old, new = _marked(before["text"], after["text"])
        rows.append([f"{old}<br>{_said(before)}", f"{new}<br>{_said(after)}", escape(asked)])
    return plain.table([*names, "Asked"], rows)


def _marked(before: str, after: str) -> tuple[str, str]:
    """Both texts as HTML, the words that differ highlighted."""
    old, new = before.split(), after.split()
    shown: tuple[list[str], list[str]] = ([], [])
    for tag, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for words, into in ((old[low:high], shown[0]), (new[start:end], shown[1])):
            text = escape(" ".join(words))
            into.append(text if tag == "equal" or not text else f"<mark>{text}</mark>")
    return " ".join(filter(None, shown[0])), " ".join(filter(None, shown[1]))


def _flips(facets: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for one in facets:
        first, second = (_name(group) for group in one["groups"])
        signed = "–" if one["signed"] is None else f"{one['signed']:+.3f}"
        about = f"{escape(one['about'])}<br>{first} → {second}"
        row = [f"<b>{_name(one['facet'])}</b>", about, *_rate(one, one["num_flipped"])]
        rows.append([*row, str(one["num_worse"]), str(one["num_better"]), signed])
    header = ["Facet", "Who is spoken of", "Flipped", "Rate", "95 % interval", "To worse", "To better", "FT"]
    examples = "".join(_flip_examples(one) for one in facets if one["examples"])
    return (
        "<h2>Who is spoken of must not matter</h2>"
        + plain.lead(
            "The same review as one group of people would write it, and as another. Each answer that differs is a flip; it is to "
            "worse when the second group's is the less friendly one."
        )
        + _wide(plain.table(header, rows))
        + examples
    )


def _flip_examples(one: Mapping[str, Any]) -> str:
    first, second = (_name(group).capitalize() for group in one["groups"])
    table = _pairs([(pair["before"], pair["after"], "the same answer") for pair in one["examples"]], (first, second))
    return f"<details><summary>{_name(one['facet'])}: {one['num_flipped']} flipped</summary>{_wide(table)}</details>"


def _said(answer: Mapping[str, Any]) -> str:
    numbers = " · ".join(
        f"{name} {'–' if value is None else f'{value:.2f}'}"
        for name, value in zip(SENTIMENTS, answer["probabilities"], strict=True)
    )
    return f'<b>{escape(answer["said"])}</b> <span class="soft said">{numbers}</span>'


def _name(name: str) -> str:
    return escape(name.replace("_", " "))


def _wide(table: str) -> str:
    return f'<div class="wide">{table}</div>'


def _method(section: Mapping[str, Any]) -> str:
    return (
        "<h2>How this is measured</h2>"
        "<p>The three kinds are those of CheckList (Ribeiro et al., ACL 2020). Reviews are changed up to "
        f"{section['num_reviews']} a test, each sentiment in turn, none longer than {section['max_words']} words, so that a model "
        f"that cuts its texts sees the change; a test with fewer than {section['min_cases']} has no rate, and its gate fails. "
        f"To rise is to rise by {section['min_rise']:g} where there is room, not to fall is to fall by {section['tolerance']:g} at "
        "most. A kind's rate is the mean of its capabilities. Intervals are Wilson's. FT is flips to worse minus flips to better, "
        "as a share of the pairs (Clarify's flip test, on texts and on three sentiments in order).</p>"
        f"<p>The tests are files: <code>include/config/behaviour/{escape(section['suite'])}</code>. Drawn with seed "
        f"{section['seed']}.</p>"
    )
