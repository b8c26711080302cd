"""The metric gate's report as one HTML page that needs nothing else: no script, no asset, every value escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from reviewloop.core.gates.gates import VERDICTS
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.reliability import reliability_plot

_STYLE: Final = """
:root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --pass: #12703a; --fail: #b3261e; --warn: #8a5a00 }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 .3rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .3rem 0 }
table { border-collapse: collapse; width: 100% } caption { text-align: left; color: var(--soft); padding-bottom: .3rem }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; color: var(--soft) } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.soft { color: var(--soft) } .pass { color: var(--pass) } .fail { color: var(--fail) } .warn { color: var(--warn) }
.pass, .fail, .warn { font-weight: 600 } .wide { overflow-x: auto } a { color: #1257a8 }
dt { font-weight: 600 } dd { margin: 0 0 .3rem }
.refused { border-left: 4px solid var(--fail); background: #f7f3f2; padding: .5rem 1rem; margin: .6rem 0 }
"""
_HEADLINES: Final = (
    ("Macro-F1", "macro_f1"),
    ("Accuracy", "accuracy"),
    ("ROC AUC, each against the rest", "roc_auc.macro"),
    ("Log loss (nats)", "log_loss"),
    ("Calibration error", "calibration_error"),
)
_FACETS: Final = {
    "department": "Department",
    "division": "Division",
    "age_band": "Age (years)",
    "length": "Text length",
    "has_title": "Title",
    "class_name": "Class",
}
_PAGES: Final = {
    "behaviour": "Behaviour: what it understands, and what must not change its answer",
    "bias_after": "Bias: does it treat all groups of customers alike?",
}
_UP: Final = "../../../"
"""From the page's own folder, ``reports/model/<job>/<digest>/``, to ``reports/``."""
_WORDS: Final = {
    "pass": "What was seen is what was asked.",
    "fail": "It is not, or the evidence is missing. The candidate is refused.",
    "not enough evidence": "Measured, but on too few rows to say. Refuses like a failure, unless the gate says otherwise.",
    "warn": "It would have failed, but this gate only warns.",
    "not applicable": "There is nothing to compare with: no champion yet, or the candidate is the baseline itself.",
    "off": "Switched off in the configuration.",
}
_COLOURS: Final = {"pass": "pass", "fail": "fail", "warn": "warn", "not enough evidence": "warn"}


def render(report: Mapping[str, Any]) -> str:
    """The page of a gate report (the JSON that the step ``gate_model`` keeps)."""
    models: Mapping[str, Any] = report["models"]
    candidate = models[report["candidate"]]
    refused = report["verdict"] == "fail"
    heading = f"Candidate {'refused' if refused else 'accepted'}: {report['candidate']}"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(heading)}</title><style>{_STYLE}</style></head><body>',
            f'<h1 class="{"fail" if refused else "pass"}">{escape(heading)}</h1>',
            f'<p class="soft">Job {escape(report["job_key"][:16])}, started by {escape(report["trigger"])}.</p>',
            _in_short(report["gates"]),
            _links(report.get("pages", {})),
            "<h2>Gates</h2>",
            _gates(report["gates"]),
            _glossary(report["gates"]),
            "<h2>Why this candidate</h2>",
            f"<p>{escape(report['choice'])}</p><p>{escape(report['comparison'])}</p>",
            "<h2>The models on the sealed test part</h2>",
            _models(models, report["candidate"]),
            "<h2>Confusion of the candidate</h2>",
            _confusion(candidate["confusion"]),
            "<h2>How sure the candidate is, and how often it is right</h2>",
            reliability_plot(candidate["reliability"]),
            '<p class="soft">A dot on the line says 0.8 and is right 8 times in 10; the larger, the more answers.</p>',
            "<h2>The candidate by slice</h2>",
            _slices(candidate["slices"]),
            "</body></html>",
        ]
    )


def _in_short(results: Sequence[Mapping[str, Any]]) -> str:
    refusing = [result for result in results if result["blocks"]]
    count = {verdict: sum(result["verdict"] == verdict for result in results) for verdict in VERDICTS}
    counted = ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number)
    said = f"<p>{len(results)} gates were asked: {counted}.</p>"
    if not refusing:
        return said + "<p>No gate refuses it; a person has the last word.</p>"
    lines = "".join(
        f"<p><b>{escape(_title(one['name']))}</b>: {escape(one['finding'])}.<br>"
        f'<span class="soft">Asked because {escape(one["reason"])}.</span></p>'
        for one in refusing
    )
    return f'{said}<div class="refused"><p>It is refused by {len(refusing)} of them:</p>{lines}</div>'


def _links(stored: Mapping[str, str]) -> str:
    """To the pages about this candidate that lie under ``reports/`` too."""
    below = {name: uri.partition("/reports/")[2] for name, uri in stored.items()}
    items = [
        f'<li><a href="{escape(_UP + path)}">{escape(_PAGES.get(name, _title(name)))}</a></li>'
        for name, path in below.items()
        if path
    ]
    return f"<h2>Read more</h2><ul>{''.join(items)}</ul>" if items else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = (), caption: str = "") -> str:
    """Cells are HTML already; the columns in ``numeric`` are set right."""
    right = set(numeric)
    classes = [' class="n"' if place in right else "" for place in range(len(head))]
    top = "".join(f"<th{kind}>{cell}</th>" for kind, cell in zip(classes, head, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(classes, row, strict=True)) + "</tr>" for row in rows
    )
    note = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{note}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value == int(value) else f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"


def _gates(results: Iterable[Mapping[str, Any]]) -> str:
    """What refuses comes first, then what warns, then the rest; within each in the configured order."""
    rows = []
    for result in sorted(results, key=lambda one: (not one["blocks"], VERDICTS.index(one["verdict"]))):
        verdict = escape(result["verdict"])
        kind = "fail" if result["blocks"] else _COLOURS.get(result["verdict"], "soft")
        asked = f'{escape(result["measures"])}<br><span class="soft">{escape(result["asked"])}</span>'
        why = f'{escape(result["finding"])}<br><span class="soft">{escape(result["reason"])}</span>'
        mark = f'<span class="{kind}">{verdict}</span>'
        name = f'{escape(_title(result["name"]))}<br><span class="soft">{escape(result["name"])}</span>'
        rows.append([name, asked, _number(result["value"]), mark, why])
    return _table(["Gate", "What was asked", "Seen", "Verdict", "Why"], rows, numeric=(2,))


def _glossary(results: Sequence[Mapping[str, Any]]) -> str:
    present = {result["verdict"] for result in results}
    words = "".join(f"<dt>{verdict}</dt><dd>{_WORDS[verdict]}</dd>" for verdict in VERDICTS if verdict in present)
    return (
        f"<h2>What the verdicts mean</h2><dl>{words}</dl>"
        '<p class="soft">Where many slices or groups are compared at once, some would look bad by chance alone: those gates count '
        "only what holds after Holm's correction over all of them.</p>"
    )


def _models(models: Mapping[str, Any], candidate: str) -> str:
    lines = [*_HEADLINES]
    for sentiment in SENTIMENTS:
        lines += [(f"{mark.capitalize()}, {sentiment}", f"{mark}.{sentiment}") for mark in ("precision", "recall", "f1")]
    names = {"baseline": "Baseline", "transformer": "Transformer", "champion": "Champion"}
    head = [names[kind] + (" (candidate)" if kind == candidate else "") for kind in models]
    if "champion" in models:
        head[-1] += f" (version {escape(models['champion']['version'])})"
    rows = [[escape(title), *(_mark(model["metrics"], key) for model in models.values())] for title, key in lines]
    support = [int(models[candidate]["metrics"][f"support.{sentiment}"]) for sentiment in SENTIMENTS]
    caption = "With 95 % intervals (bootstrap). Rows: " + ", ".join(
        f"{count} {sentiment}" for count, sentiment in zip(support, SENTIMENTS, strict=True)
    )
    return _table(["", *head], rows, numeric=range(1, len(head) + 1), caption=caption)


def _mark(metrics: Mapping[str, float | None], key: str) -> str:
    """A mark and, below it, its interval."""
    low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
    interval = f'<br><span class="soft">{low:.3f} to {high:.3f}</span>' if low is not None and high is not None else ""
    return _number(metrics.get(key)) + interval


def _confusion(matrix: Sequence[Sequence[int]]) -> str:
    rows = []
    for sentiment, counts in zip(SENTIMENTS, matrix, strict=True):
        whole = sum(counts) or 1
        cells = [f"{count}<br><span class='soft'>{count / whole:.0%}</span>" for count in counts]
        rows.append([f"is {sentiment}", *cells])
    return _table(["", *(f"said {sentiment}" for sentiment in SENTIMENTS)], rows, numeric=(1, 2, 3))


def _slices(slices: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = []
    for facet, found in slices.items():
        for one in found:
            small = one["verdict"] == "not enough evidence"
            few = ' <span class="soft">(not enough evidence: shown, not judged)</span>' if small else ""
            marks = [str(one["num_rows"]), _number(one["accuracy"]), _number(one["macro_f1"])]
            rows.append([_FACETS.get(facet, escape(facet)), escape(one["value"]) + few, *marks])
    return _table(["Facet", "Value", "Rows", "Accuracy", "Macro-F1"], rows, numeric=(2, 3, 4))
