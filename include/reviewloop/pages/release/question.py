"""The question about a release, for who decides: in words first, then what changes, and what is not a plain pass.

It is Markdown as Airflow shows it under "Required Actions" (GitHub's, any HTML is left out, so nothing can be folded): what is a
plain pass is one line, and stands whole in the report that is linked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from reviewloop.core.gates.gates import DELTA, VERDICTS
from reviewloop.core.release import automation
from reviewloop.core.release.brief import Brief
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.labels import label
from reviewloop.pages.markdown import bullets, table, text

Link = Callable[[str], str]
"""The address of a stored page; empty for what is none."""
_ROWS: Final = (
    ("macro-F1", "macro_f1", ("macro_f1_low",)),
    ("accuracy", "accuracy", ()),
    *((f"recall, {name}", f"recall.{name}", ()) for name in SENTIMENTS),
    ("calibration error", "calibration_error", ()),
)
_FALLS: Final = ("calibration_error",)
"""Metrics that are better when they are lower."""
_SEEN: Final = 0.02
"""A loss of recall that is named in words; of 500 reviews of a kind it is ten."""
_NUM_SLICES: Final = 3


def subject(brief: Brief) -> str:
    """The question, in one line."""
    candidate = brief.candidate
    over = f" in the place of version {brief.replaces}" if brief.replaces else ", the first of all"
    return f"Release version {candidate.version} ({candidate.kind}, macro-F1 {candidate.macro_f1:.3f}){over}?"


def body(brief: Brief, link: Link) -> str:
    """All that the answer is bound to."""
    parts = [
        *_in_words(brief),
        bullets(_to_know(brief)),
        "### What changes\n\n" + _marks(brief.report),
        "### Gates that are not a plain pass\n\n" + _gates(brief.report.get("gates", ())),
        "### Where it is weakest\n\n" + _slices(brief.report),
        "### What a yes begins\n\n" + _plan(brief),
        "### How to answer\n\n" + bullets(_how(brief)),
        _links(brief, link),
    ]
    return "\n\n".join(part for part in parts if part)


def _in_words(brief: Brief) -> Iterator[str]:
    """Three sentences: what, how good, and what to look at."""
    candidate, report = brief.candidate, brief.report
    by = f", started by {text(brief.trainer)}" if brief.trainer else ""
    place = f"take the place of version **{text(brief.replaces)}**" if brief.replaces else "be the first champion"
    yield (
        f"Version **{text(candidate.version)}**, a {text(candidate.kind)} that was trained because of: "
        f"{text(report.get('trigger', 'nobody knows what'))}{by}, would {place}."
    )
    yield _how_good(report)
    yield _look_at(report)


def _how_good(report: Mapping[str, Any]) -> str:
    models, evidence = report.get("models", {}), report.get("evidence", {})
    own = models.get(report.get("candidate"), {}).get("metrics", {})
    theirs = models.get("champion", {}).get("metrics")
    rows = sum(int(own.get(f"support.{name}") or 0) for name in SENTIMENTS)
    right = f"On {rows:,} sealed reviews it is right on {_percent(own.get('accuracy'))}"
    if theirs is None:
        return f"{right}; there is no champion to compare it with ({text(report.get('comparison', ''))})."
    low, high = evidence.get(f"{DELTA}_low"), evidence.get(f"{DELTA}_high")
    if low is None or high is None:
        sure = "how sure that is, nobody measured"
    else:
        words = "it is better beyond luck" if low > 0 else "it is worse beyond luck" if high < 0 else "it may be luck"
        sure = f"{words}, the 95 % interval is {low:+.3f} to {high:+.3f}"
    change = _change(own.get("macro_f1"), theirs.get("macro_f1"))
    return f"{right}, the champion on {_percent(theirs.get('accuracy'))}; macro-F1 changes by {change}: {sure}."


def _look_at(report: Mapping[str, Any]) -> str:
    gates = report.get("gates", ())
    other = [gate for gate in gates if gate["verdict"] not in ("pass", "not applicable")]
    models = report.get("models", {})
    own, theirs = (models.get(kind, {}).get("metrics", {}) for kind in (report.get("candidate"), "champion"))
    losses = [
        f"recall of {name} reviews falls from {theirs[key]:.3f} to {own[key]:.3f}"
        for name in SENTIMENTS
        if (key := f"recall.{name}") in own and key in theirs and theirs[key] - own[key] >= _SEEN
    ]
    counted = f"Of {len(gates)} gates {len(other)} {'is' if len(other) == 1 else 'are'} no plain pass" if other else (
        f"All {len(gates)} gates are a plain pass" if gates else "**No gate was asked**"
    )  # fmt: skip
    return f"{counted}{'; look at this: ' + ', '.join(losses) if losses else ', and no recall falls visibly'}."


def _to_know(brief: Brief) -> Iterator[str]:
    """What an approver must not miss, however good the numbers are."""
    if brief.level not in ("human_only", "shadow"):
        if brief.proposal.is_sure:
            yield "**The loop proposes: approve.** Every gate is a plain pass, and it is sure of the difference."
        else:
            yield f"**The loop is not sure**: {text('; '.join(brief.proposal.doubts))}."
        if brief.asked:
            yield f"Of the last {brief.asked} questions people answered {brief.agreed} as the loop would have."
    overridden = [gate for gate in brief.report.get("gates", ()) if gate["verdict"] == "overridden"]
    for gate in overridden:
        yield f"**Gate {text(gate['name'])} refused it, and was overridden**: {text(gate['finding'])}."
    for line in brief.past:
        yield f"**Judged before** {text(line)}."
    if brief.is_dirty:
        yield f"**The code was not committed** when this was trained: nobody can make it again from {text(brief.commit[:12])}."
    elif brief.is_dirty is None:
        yield "Nobody knows whether the code was committed when this was trained."


def _marks(report: Mapping[str, Any]) -> str:
    models = report.get("models", {})
    kind = report.get("candidate")
    own = models.get(kind, {}).get("metrics", {})
    champion = models.get("champion")
    others = {name: model for name, model in sorted(models.items()) if name not in (kind, "champion")}
    beside = [champion["metrics"]] if champion else []
    head = ["on the sealed reviews", *map(text, others), *([f"champion, version {text(champion['version'])}"] if champion else []),
            f"this version ({text(kind)})", "change" if champion else "champion", "limit"]  # fmt: skip
    rows = []
    for title, key, more in _ROWS:
        marks = [_number(model["metrics"].get(key)) for model in others.values()] + [_number(model.get(key)) for model in beside]
        change = _judged_change(own.get(key), beside[0].get(key), key) if champion else "none yet"
        rows.append([title, *marks, f"**{_number(own.get(key))}**", change, _limits(report, (key, *more))])
    return table(head, rows)


def _judged_change(own: float | None, theirs: float | None, key: str) -> str:
    change = _change(own, theirs)
    if own is None or theirs is None or f"{own:.3f}" == f"{theirs:.3f}":
        return change
    return f"{change} **worse**" if (own > theirs) == (key in _FALLS) else f"{change} better"


def _limits(report: Mapping[str, Any], keys: Sequence[str]) -> str:
    return text("; ".join(f"{gate['asked']}" for gate in report.get("gates", ()) if gate["metric"] in keys) or "none")


def _gates(gates: Sequence[Mapping[str, Any]]) -> str:
    plain = [gate for gate in gates if gate["verdict"] == "pass"]
    other = sorted((gate for gate in gates if gate["verdict"] != "pass"), key=lambda gate: VERDICTS.index(gate["verdict"]))
    rows = [[f"**{gate['verdict']}**", *(text(gate[name]) for name in ("name", "finding", "asked", "reason"))] for gate in other]
    found = [table(["verdict", "gate", "what was found", "limit", "why it is asked"], rows)] if other else []
    if plain:
        found.append(f"A plain pass, {len(plain)} of {len(gates)}: {text(', '.join(gate['name'] for gate in plain))}.")
    return "\n\n".join(found) or "No gate was asked."


def _slices(report: Mapping[str, Any]) -> str:
    model = report.get("models", {}).get(report.get("candidate"), {})
    labels = report.get("labels", {})
    found = [
        (one["accuracy"], label(facet, labels), one)
        for facet, values in (model.get("slices") or {}).items()
        for one in values
        if one["verdict"] != "not enough evidence" and one["accuracy"] is not None
    ]
    weakest = sorted(found, key=lambda one: one[0])[:_NUM_SLICES]
    if not weakest:
        return "No part of the customers is large enough to say."
    rows = [[text(facet), text(one["value"]), one["num_rows"], _number(one["accuracy"])] for _, facet, one in weakest]
    worse = model.get("slices_worse")
    told = f"\n\nWorse than elsewhere beyond luck: {text(worse if isinstance(worse, str) else '; '.join(worse))}." if worse else ""
    return table(["part of the customers", "", "reviews", "accuracy"], rows) + told


def _plan(brief: Brief) -> str:
    plan = brief.plan
    if not plan.stages:
        return "It is the champion at once." if brief.replaces else "It is the first champion, at once."
    told = f"Its rollout beside the champion, by the plan **{text(plan.name)}**: {text(', '.join(plan.stages))}. What that takes:"
    fault = f"\n\n**As traffic is now it cannot start**: {text(plan.fault)}." if plan.fault else ""
    return f"{told}\n\n{bullets(map(text, plan.lines))}{fault}"


def _how(brief: Brief) -> Iterator[str]:
    waits = in_words(brief.waits)
    yield f"Automation **{text(brief.level)}**: {automation.MEANING[brief.level]}. For a yes: {automation.NEEDS[brief.level]}."
    if brief.is_for_the_loop:
        yield f"**The loop releases it {waits} after this is asked**, unless you say no or send it back before: silence means yes."
    else:
        yield f"**Answer within {waits}** of this being asked. Silence means no: nothing is released, and the champion stays."
    yield "**Reject** and **Send back** need your reason, kept with your name as a yes is."
    who = ", ".join(map(text, brief.approvers)) or "whoever may edit this run under a name of his or her own"
    apart = f", but not {text(brief.trainer)}, who trained it" if brief.trainer and not brief.trainer_may_approve else ""
    yield f"May say yes: {who}{apart}."


def _links(brief: Brief, link: Link) -> str:
    pages = brief.report.get("pages", {})
    named = {
        "The whole report": brief.candidate.page_uri or brief.candidate.gate_report_uri,
        "Its model card": brief.card_uri,
        "Bias of its answers": pages.get("bias_after", ""),
        "Where it is wrong": pages.get("errors", ""),
    }
    return " · ".join(f"[{title}]({address})" for title, uri in named.items() if uri and (address := link(uri)))


def in_words(waits: timedelta) -> str:
    """A time in its largest whole unit: ``7 days``, ``90 minutes``, ``8 seconds``."""
    seconds = waits.total_seconds()
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} seconds"


def _percent(share: float | None) -> str:
    return "nobody knows how many" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _change(own: float | None, theirs: float | None) -> str:
    return "–" if own is None or theirs is None else f"{own - theirs:+.3f}"
