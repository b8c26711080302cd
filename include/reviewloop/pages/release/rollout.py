"""The page of a rollout: its stage, what was seen so far, what is missing and when it will be there, each guard with its number."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_WORDS: Final[Mapping[str, tuple[kit.Kind, str]]] = {
    "hold": ("none", "holds"), "advance": ("pass", "goes on"), "back": ("fail", "went back"), "finish": ("pass", "passed"),
    "void": ("warn", "void"), "ended": ("none", "over"),
}  # fmt: skip
_GUARDS: Final[Mapping[str, kit.Kind]] = {
    "fired": "fail", "beyond": "warn", "no verdict": "warn", "no evidence": "none", "not asked": "none", "clear": "pass",
}  # fmt: skip
_MEANING: Final = {
    "fired": "Beyond its limit, and no luck: the challenger goes back. By the sample ratio nobody does: no comparison counts.",
    "beyond": "Beyond its limit, but it may be luck. Nobody goes back for it, and nobody goes on.",
    "no verdict": "The champion itself is not well: nobody is judged by it.",
    "no evidence": "Nothing to judge by yet.",
    "not asked": "This stage has no source for it.",
    "clear": "Within its limit.",
}
_CHANCE: Final = "p is the chance of such evidence by luck, over all guards and stages; it holds however often somebody looks."
_STATES: Final[Mapping[str, kit.Kind]] = {"passed": "pass", "now": "none", "to come": "none"}
_FAILED: Final = (
    ("errors", "failed"), ("timeouts", "timed out"), ("refused", "refused"), ("gone", "hung up"), ("not_finite", "no number"),
)  # fmt: skip
_TITLES: Final = {
    "rollout_moved": "moved", "rollout_passed": "passed", "rollout_ended": "went back", "rollout_alarm": "asks a person",
    "rollout_extended": "more time", "promoted": "promoted", "rolled_back": "rolled back",
}  # fmt: skip


def rollout_page(report: Mapping[str, Any], links: Links) -> str:
    """HTML, of what ``core.rollout.report.report`` makes."""
    sections = [
        kit.section("missing", "What is missing, and when it will be there", lambda: _missing(report)),
        kit.section("stages", "Stages", lambda: _stages(report["stages"])),
        kit.section("guards", "Guards", lambda: _guards(report["guards"])),
        kit.section("pairs", "Reviews that both read", lambda: _pairs(report)),
        kit.section("ratio", "Do the arms hold the units that they should?", lambda: _ratio(report["ratio"])),
        kit.section("records", "Whether the evidence is whole", lambda: _records(report)),
        kit.section("forecast", "What was said before the start", lambda: kit.bullets(report["forecast"]) or "Nothing."),
        kit.section("history", "What happened", lambda: _history(report)),
    ]
    title = f"Rollout of version {report['version']} beside version {report['replaces']}"
    return kit.page(title, links, kit.judged(lambda: _verdict(report)), kit.safely("In short", lambda: _in_short(report)), sections)


def _verdict(report: Mapping[str, Any]) -> kit.Verdict:
    kind, word = _WORDS[report["decision"]]
    if report["asks"]:
        kind, word = "warn", "waits for a person"
    return kit.Verdict(kind, word, report["reason"])


def _in_short(report: Mapping[str, Any]) -> Markup:
    now = next(stage for stage in report["stages"] if stage["name"] == report["stage"])
    mine = next(one for one in now["reads"] if one["who"] == "challenger")
    return kit.tiles(
        (report["stage"], f"stage, of the plan {report['plan']}"),
        (
            _percent(now["challenger"]),
            "of the units are answered by the challenger" if now["challenger"] else "of the units: it reads in shadow",
        ),
        (f"{mine['requests']:,}", "requests read by it in this stage"),
        (f"{report['paired']['num_labelled']:,}", "units with a labelled review that both read"),
        (report["paired"]["verdict"], f"quality, within a margin of {report['margin']:g}"),
    )


def _missing(report: Mapping[str, Any]) -> Markup:
    if report["is_over"]:
        return kit.paragraph("It is over: nothing is waited for.")
    last = kit.paragraph(
        f"At the deadline, {_time(report['deadline'])}, nothing goes on by itself any more: a person ends it (abort_rollout) or "
        "gives it more time (extend_rollout). Time moves no stage: evidence alone does.",
        "soft",
    )
    if not report["missing"]:
        return kit.join([kit.paragraph("Nothing: the guards alone decide."), last])
    rows = [
        [one["what"], f"{one['have']:,.0f} of {one['need']:,.0f}", kit.bar(one["have"] / one["need"] if one["need"] else 1.0),
         "nobody can tell: there is none yet" if one["seconds"] is None else f"in {_span(one['seconds'])}"]
        for one in report["missing"]
    ]  # fmt: skip
    return kit.join([kit.table(["What", "So far", "", "At this pace"], rows, numeric=(1,), kind="middle"), last])


def _stages(stages: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for stage in stages:
        share = f"{_percent(stage['challenger'])} challenger"
        share += f", {_percent(stage['shadow'])} of the rest in shadow" if stage["shadow"] else ""
        seen = [_reads(one, stage["is_shadow"]) for one in stage["reads"]]
        dropped = f"{stage['shadow_dropped']:,} dropped in shadow" if stage["shadow_dropped"] else ""
        since = f"{_time(stage['first_at'])} to {_time(stage['last_at'])}" if stage["first_at"] else "no request yet"
        rows.append([
            kit.mark(_STATES[stage["state"]], stage["state"]), kit.below(stage["name"], share), ", ".join(stage["needs"]), *seen,
            kit.below(since, dropped),
        ])  # fmt: skip
    head = ["State", "Stage", "Asks for", "Champion", "Challenger", "Requests came"]
    return kit.table(head, rows, kind="roomy")


def _reads(one: Mapping[str, Any], is_shadow: bool) -> Markup:
    failed = [f"{one[name]:,} {words}" for name, words in _FAILED if one[name]]
    speed = "" if is_shadow or one["p99_ms"] is None else f"p50 {one['p50_ms']:.0f} ms, p99 {one['p99_ms']:.0f} ms"
    total = sum(one["answers"].values())
    shares = [one["answers"].get(name, 0) / total for name in SENTIMENTS] if total else None
    told = ", ".join([f"{one['units']:,} units", *failed, *filter(None, [speed])])
    lines = kit.below(f"{one['requests']:,} requests", told)
    return kit.join([lines, kit.sentiments(shares)]) if shares else lines


def _guards(guards: Sequence[Mapping[str, Any]]) -> Markup:
    order = list(_GUARDS)
    rows = [
        [kit.mark(_GUARDS[one["word"]], one["word"]), kit.below(_title(one["guard"]), one["measures"]), _number(one["value"]),
         _number(one["limit"]), _number(one["p"]), one["told"]]
        for one in sorted(guards, key=lambda one: order.index(one["word"]))
    ]  # fmt: skip
    table = kit.table(["Word", "Guard", "Value", "Limit", "p", "Seen"], rows, numeric=(2, 3, 4), kind="roomy")
    words = [f"{word}: {told}" for word, told in _MEANING.items() if word in {one["word"] for one in guards}]
    return kit.join([table, kit.details("What the words mean", kit.join([kit.bullets(words), kit.paragraph(_CHANCE, "soft")]))])


def _pairs(report: Mapping[str, Any]) -> Markup:
    both, length = report["paired"], report["paired"]["by_length"]
    facts = kit.tiles(
        (f"{both['num_reviews']:,}", "reviews read by both"),
        (_share(both["num_differ"], both["num_reviews"]), "answered otherwise"),
        (f"{both['num_champion_only']:,}", "labelled, the champion alone right"),
        (f"{both['num_challenger_only']:,}", "labelled, the challenger alone right"),
        (f"{both['num_ties']:,}", "labelled, both right or both wrong"),
    )
    labelled = f"{both['labelled_reviews']:,} of them are labelled, of {both['num_labelled']:,} units: the first of each counts."
    recalls = ", ".join(f"{who} {'–' if value is None else f'{value:.3f}'}" for who, value in both["recall_negative"].items())
    lines = [
        labelled,
        f"Quality: {both['verdict']}, at a margin of {report['margin']:g} and alpha {report['alpha']:g}.",
        f"Recall of the {both['num_negative']:,} labelled complaints: {recalls or 'none yet'}.",
        f"Labelled shares of the shorter and of the longer: {_number(length['gap'])} of their sum apart, p {_number(length['p'])}. "
        f"Beyond {length['limit']:g}, and no luck, nobody is called no worse.",
    ]
    rows = [
        [one["who"], f"{one['labelled']:,} of {one['reviews']:,}", _share(one["labelled"], one["reviews"]),
         _mean(one["labelled_chars"], one["labelled"]), _mean(one["chars"], one["reviews"])]
        for one in both["coverage"]
    ]  # fmt: skip
    head = ["Answered by", "Labelled", "Share", "Characters, labelled", "Characters, all"]
    by_arm = kit.table(head, rows, numeric=(1, 2, 3, 4), caption="Whether labels come for one arm alone")
    caption = "Whether labels come for short reviews alone, or for long ones, of those that both read"
    by_length = _halves(["Characters", "Labelled", "Share"], length["median_chars"], length, caption)
    return kit.join([facts, kit.bullets(lines), by_length, by_arm])


def _halves(head: list[str], median: float, both: Mapping[str, Any], caption: str) -> Markup:
    rows = [
        [name, f"{one['num_left']:,} of {one['num']:,}", _share(one["num_left"], one["num"])]
        for name, one in ((f"up to {median:,.0f} (median)", both["shorter"]), ("more", both["longer"]))
    ]
    return kit.table(head, rows, numeric=(1, 2), caption=caption)


def _ratio(places: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        [one["place"], f"{one['champion']:,}", f"{one['challenger']:,}", f"{one['gap']:.2%}", _number(one["p"]),
         ", ".join(one["leaked"]) or "–"]
        for one in places
    ]  # fmt: skip
    head = ["Units", "Champion", "Challenger", "Largest gap", "p", "In an arm of share 0"]
    told = "Each stage is held to its own shares. The gap is the size of a mismatch: of a million units the smallest is certain."
    return kit.join([kit.table(head, rows, numeric=(1, 2, 3, 4)), kit.paragraph(told, "soft")])


def _records(report: Mapping[str, Any]) -> Markup:
    found = report["records"]
    lines = [f"{found['read']:,} captured records were read, {found['lost']:,} are lost, {found['dropped']:,} were dropped."]
    lines.append(f"{found['misattributed']:,} name another version than their arm's.")
    if report["ignored_callers"]:
        who = ", ".join(report["ignored_callers"])
        lines.append(f"{found['ignored']:,} requests do not count, for they are of callers that are no customers: {who}.")
    shadow = report["paired"]["dropped"]
    lines.append(
        f"In shadow {shadow['num_read']:,} requests were read, in the mean of {_mean(shadow['tokens_read'], shadow['num_read'])} "
        f"tokens, and {shadow['num_dropped']:,} dropped for want of room, in the mean of "
        f"{_mean(shadow['tokens_dropped'], shadow['num_dropped'])}. The shares read of the shorter and of the longer lie "
        f"{_number(shadow['gap'])} of their sum apart, p {_number(shadow['p'])}."
    )
    caption = "Whether the shadow drops the long requests, or the short ones"
    table = _halves(["Tokens", "Read in shadow", "Share"], shadow["median_tokens"], shadow, caption)
    return kit.join([kit.bullets([*lines, f"Looked at {_time(report['looked_at'])}."]), table])


def _history(report: Mapping[str, Any]) -> Markup:
    begun = [report["event"], _time(report["started_at"]), "started", "", f"plan {report['plan']}"]
    rows = [
        [one["event"], _time(one["at"]), _TITLES.get(one["kind"], one["kind"]), one["by"], one["told"]] for one in report["history"]
    ]
    return kit.table(["Event", "When (UTC)", "What", "By", "Why"], [begun, *rows], numeric=(0,), kind="roomy")


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _mean(total: int, count: int) -> str:
    return f"{total / count:,.0f}" if count else "–"


def _time(text: str) -> str:
    return text[:16].replace("T", " ")


def _span(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(seconds / 60, 1):.0f} min"
    return f"{seconds / 3600:,.0f} h" if seconds < 172_800 else f"{seconds / 86_400:,.0f} days"
