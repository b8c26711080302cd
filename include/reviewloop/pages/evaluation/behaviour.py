"""A model's behaviour as a page: what was asked of it, how often it answered well, and the worst answers word by word."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_KINDS: Final = {
    "mft": ("What it can do", "Short texts whose sentiment nobody doubts. Passed: the answer is an expected one."),
    "inv": ("What must not change its answer", "Sealed reviews and a change that means nothing. Passed: the same answer."),
    "dir": ("What must move it", "A sentence is added to sealed reviews. Passed: the probability moves as it should."),
}
"""Kind of test: heading, what it asks."""
_BROKEN: Final = Markup("{}<br>{}")
"""Two lines of a cell."""
_MUST: Final = {"rise": "must rise", "not fall": "must not fall"}


def behaviour_page(model: str, report: Mapping[str, Any], links: Links | None) -> str:
    """HTML. ``report`` holds the sections ``behaviour``, ``flips`` and ``important`` (see ``adapters.behaviour_suite``).

    ``links`` is ``None`` for a copy that is kept where no page is served.
    """
    section = report["behaviour"]
    capabilities: Sequence[Mapping[str, Any]] = section["capabilities"]
    num_cases, num_passed = (sum(one[name] for one in capabilities) for name in ("num_cases", "num_passed"))
    lead = (
        f"Does the {model} read as a person would? {num_cases:,} small tests, {num_passed:,} passed; {len(report['important'])} "
        f"important examples; {sum(one['num_pairs'] for one in report['flips']):,} pairs of reviews that differ only in who is "
        f"spoken of. {section['num_texts']:,} texts in all."
    )
    sections = [kit.section("important", "Important examples", lambda: _important(report["important"]))]
    for kind, (heading, about) in _KINDS.items():
        asked = [one for one in capabilities if one["kind"] == kind]
        sections.append(kit.section(kind, heading, partial(_kind, about, asked)))
    sections += [
        kit.section("flips", "Who is spoken of must not matter", lambda: _flips(report["flips"])),
        kit.section("method", "How this is measured", lambda: _method(section)),
    ]
    return kit.page(f"Behaviour: {model}", links, _verdict(report, num_cases, num_passed), kit.paragraph(lead, "soft"), sections)


def _verdict(report: Mapping[str, Any], num_cases: int, num_passed: int) -> kit.Verdict:
    """What needs a person's eyes; whether it refuses the model, the gates say."""
    told = f"{num_passed:,} of {num_cases:,} small tests passed. Whether that is enough, the gates say."
    if num_wrong := sum(not one["right"] for one in report["important"]):
        return kit.Verdict("warn", f"{num_wrong} of {len(report['important'])} important examples wrong", told)
    if unknown := [_name(one["name"]) for one in report["behaviour"]["capabilities"] if one["rate"] is None]:
        return kit.Verdict("warn", "not enough evidence", f"on {', '.join(unknown)}. {told}")
    return kit.Verdict("none", "all important examples right", told)


def _important(examples: Sequence[Mapping[str, Any]]) -> Markup:
    num_wrong = sum(not one["right"] for one in examples)
    finding = kit.mark("fail", f"{num_wrong} wrong") if num_wrong else kit.mark("pass", "all right")
    rows = []
    for one in examples:
        mark = kit.mark("pass", "right") if one["right"] else kit.mark("fail", "wrong")
        name = Markup('{}<br><b>{}</b><br><span class="soft">{}</span>').format(mark, one["id"], one["owner"])
        rows.append([name, kit.below(one["text"], f"Why: {one['why']}"), " or ".join(one["expected"]), _said(one)])
    told = kit.paragraph(Markup("{}, of {} that the owners named.").format(finding, len(examples)))
    return kit.join([told, kit.table(["Example", "Text", "Expected", "Said"], rows, kind="roomy")])


def _kind(about: str, capabilities: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [[_bold(_name(one["name"])), one["about"], *_rate(one, one["num_passed"])] for one in capabilities]
    table = kit.table(["Capability", "What it asks", "Passed", "Rate", "95 % interval"], rows, numeric=(2, 4), kind="roomy")
    return kit.join([kit.paragraph(about, "soft"), table, *map(_failures, capabilities)])


def _rate(one: Mapping[str, Any], count: int) -> list[kit.Cell]:
    of = f"{count} of {one['num_cases'] if 'num_cases' in one else one['num_pairs']}"
    if one["rate"] is None:
        return [of, kit.mark("warn", "not enough evidence"), "–"]
    return [of, kit.join([f"{one['rate']:.1%}", kit.bar(one["rate"])]), f"{one['low']:.1%} to {one['high']:.1%}"]


def _failures(one: Mapping[str, Any]) -> Markup:
    failures: Sequence[Mapping[str, Any]] = one["failures"]
    if not failures:
        return Markup()
    if failures[0]["before"] is None:
        asked = [[f["after"]["text"], " or ".join(f["expected"]), _said(f["after"])] for f in failures]
        table = kit.table(["Text", "Expected", "Said"], asked, kind="texts")
    else:
        table = _pairs([(f["before"], f["after"], _asked(f)) for f in failures], ("Before", "After"))
    num_failed = one["num_cases"] - one["num_passed"]
    title = f"{_name(one['name'])}: {num_failed} failed" + (f", the worst {len(failures)}" if num_failed > len(failures) else "")
    return kit.details(title, table)


def _asked(failure: Mapping[str, Any]) -> str:
    if failure["must"] is None:
        return "the same answer"
    return f"{' or '.join(failure['expected'])} {_MUST[failure['must']]}"


def _pairs(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], str]], names: tuple[str, str]) -> Markup:
    rows = []
    for before, after, asked in pairs:
        old, new = _marked(before["text"], after["text"])
        rows.append([_BROKEN.format(old, _said(before)), _BROKEN.format(new, _said(after)), asked])
    return kit.table([*names, "Asked"], rows, kind="texts")


def _marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts, the words that differ highlighted."""
    old, new = before.split(), after.split()
    shown: tuple[list[str | Markup], list[str | Markup]] = ([], [])
    for tag, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for words, into in ((old[low:high], shown[0]), (new[start:end], shown[1])):
            if words:
                text = " ".join(words)
                into.append(text if tag == "equal" else Markup("<mark>{}</mark>").format(text))
    return Markup(" ").join(shown[0]), Markup(" ").join(shown[1])


def _flips(facets: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for one in facets:
        first, second = (_name(group) for group in one["groups"])
        signed = "–" if one["signed"] is None else f"{one['signed']:+.3f}"
        about = _BROKEN.format(one["about"], f"{first} → {second}")
        row = [_bold(_name(one["facet"])), about, *_rate(one, one["num_flipped"])]
        rows.append([*row, one["num_worse"], one["num_better"], signed])
    head = ["Facet", "Who is spoken of", "Flipped", "Rate", "95 % interval", "To worse", "To better", "FT"]
    lead = kit.paragraph(
        "The same review as one group of people would write it, and as another. Each answer that differs is a flip; it is to "
        "worse when the second group's is the less friendly one.",
        "soft",
    )
    examples = [_flip_examples(one) for one in facets if one["examples"]]
    return kit.join([lead, kit.table(head, rows, numeric=(2, 4, 5, 6, 7), kind="roomy"), *examples])


def _flip_examples(one: Mapping[str, Any]) -> Markup:
    first, second = (_name(group).capitalize() for group in one["groups"])
    table = _pairs([(pair["before"], pair["after"], "the same answer") for pair in one["examples"]], (first, second))
    return kit.details(f"{_name(one['facet'])}: {one['num_flipped']} flipped", table)


def _said(answer: Mapping[str, Any]) -> Markup:
    numbers = " · ".join(
        f"{name}\N{NO-BREAK SPACE}{'–' if value is None else f'{value:.2f}'}"
        for name, value in zip(SENTIMENTS, answer["probabilities"], strict=True)
    )
    return kit.below(_bold(answer["said"]), numbers)


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)


def _name(name: str) -> str:
    return name.replace("_", " ")


def _method(section: Mapping[str, Any]) -> Markup:
    measured = (
        "The three kinds are those of CheckList (Ribeiro et al., ACL 2020). Reviews are changed up to "
        f"{section['num_reviews']} a test, each sentiment in turn, none longer than {section['max_words']} words, so that a model "
        f"that cuts its texts sees the change; a test with fewer than {section['min_cases']} has no rate, and its gate fails. "
        f"To rise is to rise by {section['min_rise']:g} where there is room, not to fall is to fall by {section['tolerance']:g} at "
        "most. A kind's rate is the mean of its capabilities. Intervals are Wilson's. FT is flips to worse minus flips to better, "
        "as a share of the pairs (Clarify's flip test, on texts and on three sentiments in order)."
    )
    files = Markup("The tests are files: <code>include/config/behaviour/{}</code>. Drawn with seed {}.")
    return kit.join([kit.paragraph(measured), kit.paragraph(files.format(section["suite"], section["seed"]))])
