"""What the last days' drift leads to: their votes, what a training asks for, and what was decided before."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links, path_below_reports

_VERDICTS: Final[Mapping[str, tuple[kit.Kind, str]]] = {
    "calm": ("pass", "calm"), "pending": ("none", "not confirmed yet"), "answered": ("none", "answered"),
    "suppressed": ("warn", "no training"), "train": ("fail", "a training starts"),
}  # fmt: skip
_STANDS: Final[Mapping[str, kit.Kind]] = {"clear": "pass", "pending": "warn", "confirmed": "fail", "acknowledged": "none"}
_ANSWERS: Final = {"training": "a training was started", "acknowledged": "a person knows of it"}


def response_page(found: Mapping[str, Any], links: Links) -> str:
    """HTML, of what ``core.monitoring.response.decision.report`` makes."""
    sections = [
        kit.section("conditions", "What a training asks for", lambda: _conditions(found)),
        kit.section("votes", "The last days' votes", lambda: _votes(found["votes"], links)),
        kit.section("families", "Where the signal families stand", lambda: _families(found["standings"])),
        kit.section("answers", "What was answered", lambda: _answers(found["answers"])),
        kit.section("decisions", "What was decided before", lambda: _decisions(found["decisions"])),
    ]
    title = f"What drift leads to: version {found['version']}, up to {found['day']}"
    return kit.page(title, links, kit.judged(lambda: _verdict(found)), kit.safely("In short", lambda: _in_short(found)), sections)


def _verdict(found: Mapping[str, Any]) -> kit.Verdict:
    kind, word = _VERDICTS[found["verdict"]]
    if found["asks_person"]:
        kind, word = "fail", "waits for a person"
    return kit.Verdict(kind, word, found["reason"])


def _in_short(found: Mapping[str, Any]) -> Markup:
    voted = [vote for vote in found["votes"] if vote["judged"]]
    failed = sum(one["verdict"] == "fails" for one in found["conditions"])
    return kit.tiles(
        (f"version {found['version']}", "answers, and its days are judged"),
        (f"{sum(bool(vote['families']) for vote in voted)} of {len(voted)}", "days below fired"),
        (", ".join(found["families"]) or "none", "confirmed signal families"),
        (f"{failed} of {len(found['conditions'])}", "conditions of a training fail"),
    )


def _conditions(found: Mapping[str, Any]) -> Markup:
    is_asked = found["verdict"] in ("suppressed", "train")
    kinds: Mapping[str, kit.Kind] = {"holds": "pass", "fails": "fail" if is_asked else "none", "not judged": "none"}
    rows = [
        [kit.mark(kinds[one["verdict"]], one["verdict"]), one["asks"].capitalize(), one["value"], one["allowed"]]
        for one in found["conditions"]
    ]
    told = kit.paragraph("A training starts where none of them fails. What is not judged says so, and stops nothing.", "soft")
    return kit.join([told, kit.table(["Verdict", "What", "Found", "Asked"], rows, kind="roomy")])


def _votes(votes: Sequence[Mapping[str, Any]], links: Links) -> Markup:
    if not votes:
        return kit.paragraph("No day of this version was monitored yet.", "soft")
    rows = [
        [_day(vote, links), _vote(vote), _fired(vote), vote["kind"] or "–", "; ".join(vote["reasons"])] for vote in reversed(votes)
    ]
    told = kit.paragraph(
        "The newest first. A day that comes again takes the place of its vote. One that fired by pooled days confirms nothing "
        "behind another that fired: their rows are the same.",
        "soft",
    )
    return kit.join([told, kit.table(["Day", "Vote", "Signal families", "Kind", "What the monitor said"], rows, kind="roomy")])


def _day(vote: Mapping[str, Any], links: Links) -> str | Markup:
    place = path_below_reports(vote["page_uri"])
    day: str | Markup = str(vote["day"])
    if place:
        day = Markup('<a class="line" href="{}">{}</a>').format("../" * links.depth + quote(place, safe="/="), day)
    return kit.below(day, "requests to the endpoint") if vote["source"] == "endpoint" else day


def _vote(vote: Mapping[str, Any]) -> Markup:
    if not vote["judged"]:
        return kit.mark("none", "not judged")
    return kit.mark("fail", "fired") if vote["families"] else kit.mark("pass", "calm")


def _fired(vote: Mapping[str, Any]) -> str:
    return ", ".join(f"{family} (days pooled)" if family in vote["pooled"] else family for family in vote["families"])


def _families(standings: Mapping[str, Mapping[str, Any]]) -> Markup:
    if not standings:
        return kit.paragraph("None has ever fired under this version.", "soft")
    rows = [
        [kit.mark(_STANDS[found["stand"]], found["stand"]), family, found["since"], ", ".join(found["fired"]) or "–"]
        for family, found in standings.items()
    ]
    return kit.table(["Stand", "Signal family", "Since", "Days that fired and were not answered"], rows, kind="roomy")


def _answers(answers: Sequence[Mapping[str, Any]]) -> Markup:
    if not answers:
        return kit.paragraph("Nothing yet.", "soft")
    rows = [
        [_time(one["at"]), _ANSWERS[one["what"]], f"version {one['version']}, to {one['through']}", one["by"], one["reason"]]
        for one in reversed(answers)
    ]
    return kit.table(["When (UTC)", "What", "To", "By", "Why"], rows, kind="roomy")


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for one in reversed(decisions):
        kind, word = _VERDICTS[one["verdict"]]
        rows.append([_time(one["at"]), f"{one['day']}, version {one['version']}", kit.mark(kind, word), one["reason"]])
    return kit.table(["When (UTC)", "Newest day", "Decision", "Why"], rows, kind="roomy")


def _time(text: str) -> Markup:
    return Markup('<span class="line">{}</span>').format(text[:16].replace("T", " "))
