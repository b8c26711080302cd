"""What labelling functions do on reviews whose labels are known, and what their votes come to."""

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_IN_WORDS: Final = {"majority": "Majority vote", "dawid_skene": "Dawid and Skene's model"}


def labelling_page(found: Mapping[str, Any], links: Links) -> str:
    """HTML, of what the step ``try_functions`` keeps as JSON."""
    tiles = kit.tiles(
        (f"{len(found['functions'])}", "labelling functions"),
        (f"{found['coverage']:.0%}", f"of {found['num_rows']:,} labelled reviews are spoken of"),
        (_IN_WORDS[found["used"]], "combines the votes"),
    )
    sections = [
        kit.section("functions", "The functions", lambda: _functions(found)),
        kit.section("combined", "Their votes together", lambda: _combined(found)),
    ]
    verdict = kit.Verdict("none", _IN_WORDS[found["used"]].lower(), _why(found))
    return kit.page("Labelling functions", links, verdict, tiles, sections)


def _why(found: Mapping[str, Any]) -> str:
    difference = found["difference"]
    if difference is None:
        need = f"{found['num_compared']} labelled reviews are spoken of, {found['min_compared']} are needed to compare"
        return f"{need}: the majority is used."
    said = f"macro-F1 {difference['delta']:+.3f} ({difference['low']:+.3f} to {difference['high']:+.3f})"
    return f"Dawid and Skene's model against majority vote: {said}; it is used only where the whole interval is above 0."


def _functions(found: Mapping[str, Any]) -> Markup:
    head = ["Function", "Answers", "Coverage", "Overlap", "Conflict", "Right", "95 % interval", "Of", "Owner, version"]
    rows = [
        [
            kit.below(one["name"], found["descriptions"][one["name"]]),
            one["answers"],
            f"{one['coverage']:.1%}",
            f"{one['overlap']:.1%}",
            f"{one['conflict']:.1%}",
            _share(one["accuracy"]["value"]),
            f"{_share(one['accuracy']['low'])} to {_share(one['accuracy']['high'])}",
            f"{one['num_labelled']:,}",
            f"{one['owner']}, {one['version']}",
        ]
        for one in sorted(found["functions"], key=lambda one: (SENTIMENTS.index(one["answers"]), one["name"]))
    ]
    told = (
        "Coverage: reviews of which it says something; overlap: another says something too; conflict: another says something else. "
        "Right: of the labelled reviews of which it speaks. None sees a rating, or what the champion answers."
    )
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, numeric=(2, 3, 4, 5, 6, 7))])


def _combined(found: Mapping[str, Any]) -> Markup:
    head = ["Combined by", "Macro-F1", *(f"Recall {name}" for name in SENTIMENTS)]
    rows = [
        [_IN_WORDS[method], _share(marks["macro_f1"]), *map(_share, marks["recall"])] for method, marks in found["methods"].items()
    ]
    given = ", ".join(f"{name} {share:.1%}" for name, share in zip(SENTIMENTS, found["prior"], strict=True))
    told = [
        f"Of {found['num_compared']:,} labelled reviews of which a function speaks; others get no label. Shares given: {given}.",
        *(f"One vote together, for they say the same for the same reason: {', '.join(names)}." for names in found["families"]),
    ]
    return kit.join([*(kit.paragraph(line, "soft") for line in told), kit.table(head, rows, numeric=(1, 2, 3, 4))])


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
