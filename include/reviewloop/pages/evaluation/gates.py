"""The metric gate's report as the page that an approver sees: the facts to decide by first, then every number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.gates.gates import DELTA, VERDICTS
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.evaluation.reliability import reliability
from reviewloop.pages.labels import label
from reviewloop.pages.links import Links

_HEADLINES: Final = (
    ("Macro-F1", "macro_f1"),
    ("Accuracy", "accuracy"),
    ("ROC AUC, each against the rest", "roc_auc.macro"),
    ("Log loss (nats)", "log_loss"),
    ("Calibration error", "calibration_error"),
)
_WORDS: Final = {
    "pass": "What was seen is what was asked.",
    "fail": "It is not, or the evidence is missing. The candidate is refused.",
    "not enough evidence": "Measured, but on too few rows to say. Refuses like a failure, unless the gate says otherwise.",
    "overridden": "It failed, and people took that upon themselves, by name and with their reasons.",
    "warn": "It would have failed, but this gate only warns.",
    "not applicable": "There is nothing to compare with: no champion yet, or the candidate is the baseline itself.",
    "off": "Switched off in the configuration.",
}
_KINDS: Final[Mapping[str, kit.Kind]] = {
    "pass": "pass",
    "fail": "fail",
    "warn": "warn",
    "not enough evidence": "warn",
    "overridden": "warn",
}
_HOLM: Final = (
    "Where many slices or groups are compared at once, some would look bad by chance alone: those gates count only what holds "
    "after Holm's correction over all of them."
)


def render(report: Mapping[str, Any], links: Links) -> str:
    """The page of a gate report (the JSON that the step ``gate_model`` keeps)."""
    gates: Sequence[Mapping[str, Any]] = report["gates"]
    models: Mapping[str, Any] = report["models"]
    candidate = models[report["candidate"]]
    sections = [
        kit.section("gates", "Gates", lambda: _gates(gates)),
        kit.section("why", "Why this candidate", lambda: _why(report)),
        kit.section("models", "The models on the sealed test part", lambda: _models(models, report["candidate"])),
        kit.section("confusion", "Confusion of the candidate", lambda: _confusion(candidate["confusion"])),
        kit.section("sure", "How sure the candidate is, and how often it is right", lambda: reliability(candidate["reliability"])),
        kit.section("slices", "The candidate by slice", lambda: _slices(candidate["slices"], report["labels"])),
    ]
    top = kit.safely("In short", lambda: _in_short(report))
    return kit.page(f"Candidate: {report['candidate']}", links, _verdict(report), top, sections)


def _verdict(report: Mapping[str, Any]) -> kit.Verdict:
    gates = report["gates"]
    count = {verdict: sum(result["verdict"] == verdict for result in gates) for verdict in VERDICTS}
    counted = f"{len(gates)} gates were asked: {', '.join(f'{number} {verdict}' for verdict, number in count.items() if number)}."
    refusing = sum(result["blocks"] for result in gates)
    if report["verdict"] == "fail":
        return kit.Verdict("fail", "refused", f"by {refusing} of them. {counted}")
    word = "passed with warnings" if report["verdict"] == "warn" else "passed"
    return kit.Verdict(report["verdict"], word, f"No gate refuses it; a person has the last word. {counted}")


def _in_short(report: Mapping[str, Any]) -> Markup:
    refusing = [
        Markup('<p><b>{}</b>: {}.<br><span class="soft">Asked because {}.</span></p>').format(
            _title(one["name"]), one["finding"], one["reason"]
        )
        for one in report["gates"]
        if one["blocks"]
    ]
    return kit.join(
        [
            kit.tiles(*_facts(report)),
            kit.card("fail", f"It is refused by {len(refusing)} of {len(report['gates'])} gates", kit.join(refusing))
            if refusing
            else "",
        ]
    )


def _facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an approver decides by: the candidate's macro-F1, the champion's, and the difference."""
    models = report["models"]
    own = models[report["candidate"]]["metrics"]
    facts = [(_number(own.get("macro_f1")), f"macro-F1 of the candidate, the {report['candidate']}{_between(own, 'macro_f1')}")]
    if "champion" not in models:
        return [*facts, ("–", f"macro-F1 of the champion: {report['comparison']}"), ("–", "difference to the champion")]
    theirs = models["champion"]["metrics"]
    label = f"macro-F1 of the champion, version {models['champion']['version']}{_between(theirs, 'macro_f1')}"
    evidence = report.get("evidence", {})
    change = f"difference, candidate minus champion{_between(evidence, DELTA, '+.4f')}"
    return [*facts, (_number(theirs.get("macro_f1")), label), (_difference(own.get("macro_f1"), theirs.get("macro_f1")), change)]


def _between(metrics: Mapping[str, Any], key: str, form: str = ".3f") -> str:
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    return "" if low is None or high is None else f" (95 % interval {low:{form}} to {high:{form}})"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value == int(value) else f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"


def _difference(own: float | None, theirs: float | None) -> str:
    return "–" if own is None or theirs is None else f"{own - theirs:+.4f}"


def _gates(results: Iterable[Mapping[str, Any]]) -> Markup:
    """What refuses comes first, then all that is not a plain pass; the rest is folded. Within each in the configured order."""
    ordered = sorted(results, key=lambda one: (not one["blocks"], VERDICTS.index(one["verdict"])))
    plain = [result for result in ordered if result["verdict"] == "pass"]
    other = [result for result in ordered if result["verdict"] != "pass"]
    return kit.join(
        [
            _table_of_gates(other) if other else kit.paragraph("Every gate is a plain pass."),
            kit.details(f"{len(plain)} gates that are a plain pass", _table_of_gates(plain)) if plain else "",
            kit.details("What the verdicts mean", _glossary({result["verdict"] for result in ordered})),
        ]
    )


def _table_of_gates(results: Iterable[Mapping[str, Any]]) -> Markup:
    rows = [
        [
            kit.mark("fail" if one["blocks"] else _KINDS.get(one["verdict"], "none"), one["verdict"]),
            kit.below(_title(one["name"]), one["name"]),
            kit.below(one["measures"], one["asked"]),
            _number(one["value"]),
            kit.below(one["finding"], one["reason"]),
        ]
        for one in results
    ]
    return kit.table(["Verdict", "Gate", "What was asked", "Seen", "Why"], rows, numeric=(3,), kind="roomy")


def _glossary(present: set[str]) -> Markup:
    words = [Markup("<dt>{}</dt><dd>{}</dd>").format(verdict, _WORDS[verdict]) for verdict in VERDICTS if verdict in present]
    return Markup("<dl>{}</dl>{}").format(kit.join(words), kit.paragraph(_HOLM, "soft"))


def _why(report: Mapping[str, Any]) -> Markup:
    started = f"The training was started because of: {report['trigger']}."
    return kit.join([kit.paragraph(report["choice"]), kit.paragraph(report["comparison"]), kit.paragraph(started)])


def _models(models: Mapping[str, Any], candidate: str) -> Markup:
    lines = [*_HEADLINES]
    for sentiment in SENTIMENTS:
        lines += [(f"{mark.capitalize()}, {sentiment}", f"{mark}.{sentiment}") for mark in ("precision", "recall", "f1")]
    champion = models.get("champion")
    head = ["", *(_title(kind) + (" (candidate)" if kind == candidate else "") for kind in models)]
    if champion:
        head = [*head[:-1], f"Champion (version {champion['version']})", "Candidate minus champion"]
    rows = []
    for title, key in lines:
        row = [title, *(_mark(model["metrics"], key) for model in models.values())]
        if champion:
            row.append(_difference(models[candidate]["metrics"].get(key), champion["metrics"].get(key)))
        rows.append(row)
    support = [int(models[candidate]["metrics"][f"support.{sentiment}"]) for sentiment in SENTIMENTS]
    counted = ", ".join(f"{count} {sentiment}" for count, sentiment in zip(support, SENTIMENTS, strict=True))
    return kit.table(head, rows, range(1, len(head)), f"With 95 % intervals (bootstrap). Rows: {counted}")


def _mark(metrics: Mapping[str, float | None], key: str) -> str | Markup:
    """A mark and, below it, its interval."""
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    number = _number(metrics.get(key))
    return number if low is None or high is None else kit.below(number, f"{low:.3f} to {high:.3f}")


def _confusion(matrix: Sequence[Sequence[int]]) -> Markup:
    rows = []
    for sentiment, counts in zip(SENTIMENTS, matrix, strict=True):
        whole = sum(counts) or 1
        rows.append([f"is {sentiment}", *(kit.below(count, f"{count / whole:.0%}") for count in counts)])
    return kit.table(["", *(f"said {sentiment}" for sentiment in SENTIMENTS)], rows, numeric=(1, 2, 3))


def _slices(slices: Mapping[str, Sequence[Mapping[str, Any]]], labels: Mapping[str, str]) -> Markup:
    rows = []
    for facet, found in slices.items():
        for one in found:
            small = one["verdict"] == "not enough evidence"
            value = kit.below(one["value"], "not enough evidence: shown, not judged") if small else one["value"]
            metrics = [str(one["num_rows"]), _number(one["accuracy"]), _number(one["macro_f1"])]
            rows.append([label(facet, labels), value, *metrics])
    table = kit.table(["Facet", "Value", "Rows", "Accuracy", "Macro-F1"], rows, numeric=(2, 3, 4))
    return kit.details(f"All {len(rows)} slices", table)
