"""What stands on a card, in its order, from the facts alone. How it looks, in HTML or in Markdown, is ``pages.release.card``'s.

A fact that nobody recorded is "unknown": nothing is guessed and nothing is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.card.annex_iv import annex_iv
from reviewloop.core.reviews import SENTIMENTS

UNKNOWN: Final = "unknown"
METRICS: Final[Mapping[str, str]] = {
    "macro_f1": "Macro-F1",
    "accuracy": "Accuracy",
    **{f"recall.{name}": f"Recall, {name}" for name in SENTIMENTS},
    **{f"precision.{name}": f"Precision, {name}" for name in SENTIMENTS},
    "roc_auc.macro": "ROC AUC, each class against the rest",
    "log_loss": "Log loss (nats)",
    "calibration_error": "Calibration error",
}
"""The metrics that a card shows, by the names that the evaluation has for them."""
LINEAGE: Final[Mapping[str, str]] = {
    "features_digest": "features (digest)", "features_uri": "features", "last_day": "last day of the data",
    "base_model": "base model", "base_model_pin": "base model (digest)",
    "git_commit": "code (commit)", "git_dirty": "code differed from the commit", "code_digest": "code (digest)",
    "lock_digest": "libraries (digest of the lock)", "config_digest": "configuration (digest)", "gates_digest": "gates (digest)",
    "seed": "seed", "trigger": "trained because of", "dag_run": "run", "job_key": "job",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """``rows`` are as wide as ``head``; columns in ``numeric`` are numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: tuple[int, ...] = ()


Block = str | tuple[str, ...] | Table
"""A paragraph, a list of sentences, or a table."""


@dataclass(frozen=True)
class Part:
    """A part of a card under its heading."""

    anchor: str
    title: str
    blocks: Sequence[Block]


def parts(facts: Mapping[str, Any]) -> list[Part]:
    """The card of the version that ``facts`` tell of (see ``adapters.release.card_facts``)."""
    told = facts["told"]
    return [
        Part("what", "What it is", [_identity(facts)]),
        Part("use", "Intended use", [tuple(told["intended_use"]), "It is not for:", tuple(told["not_for"])]),
        Part("limits", "Limits", [tuple(told["limits"]), *_weak(facts)]),
        Part("data", "Data", _data(facts)),
        Part("metrics", "Metrics on the sealed test part", _metrics(facts)),
        Part("gates", "Gates", [_gates(facts)]),
        Part("slices", "Slices", _slices(facts)),
        Part("bias", "Bias", _bias(facts)),
        Part("licences", "Licences", [_licences(facts)]),
        Part("risk", "Marginal risk of an open model, and responsible use", _risk(told)),
        Part("people", "Who approved it", _people(facts)),
        Part("lineage", "Lineage", [_lineage(facts)]),
        Part("history", "Its events in the ledger", [_history(facts)]),
        Part("annex", "Index after Annex IV of Regulation (EU) 2024/1689", [_annex(facts)]),
    ]


def report_id(report: Mapping[str, Any]) -> str:
    """How a card names the report that a number comes from: the SHA-256 of its bytes, shortened, and where it lies."""
    return f"{str(report.get('sha256') or UNKNOWN)[:16]} ({report.get('uri') or UNKNOWN})"


def known(value: Any) -> str:
    """A fact as text; "unknown" where there is none."""
    return str(value) if value not in (None, "", [], {}) else UNKNOWN


def number(value: float | None) -> str:
    """A measured number with three places; "unknown" where there is none."""
    return UNKNOWN if value is None else f"{value:.3f}"


def interval(of: Mapping[str, Any]) -> str:
    """``low to high``; "unknown" where one of the two was not measured."""
    low, high = of.get("low"), of.get("high")
    return UNKNOWN if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _identity(facts: Mapping[str, Any]) -> Table:
    rows = [
        ["version", facts["version"]],
        ["stands", facts["stands"]],
        ["kind", known(facts["kind"])],
        ["form", known(facts["form"])],
        ["files (digest)", known(facts["digest"])],
        ["files", known(facts["source"])],
        ["signed by the key", known(facts["signed_by"])],
        ["contact", known(facts["told"]["contact"])],
        ["card as of", f"event {facts['as_of']['event']} of the ledger, {facts['as_of']['at']}"],
    ]
    return Table(["", "recorded"], rows)


def _weak(facts: Mapping[str, Any]) -> list[Block]:
    """What the gates saw that is no plain pass belongs to the limits."""
    seen = [gate for gate in facts["gates"] if gate["verdict"] not in ("pass", "off")]
    weak = [f"{gate['name']}: {gate['verdict']}: {gate['finding']}" for gate in seen]
    return ["What the gates saw and did not plainly pass:", tuple(weak)] if weak else []


def _data(facts: Mapping[str, Any]) -> list[Block]:
    told, lineage = facts["told"], facts["lineage"]
    rows = [
        ["dataset", known(facts["dataset"])],
        ["training data", known(lineage.get("features_uri"))],
        ["digest", known(lineage.get("features_digest"))],
        ["last day", known(lineage.get("last_day"))],
        ["test rows, sealed", known(facts["num_rows"])],
    ]
    return [known(told["data"]), Table(["", "recorded"], rows)]


def _metrics(facts: Mapping[str, Any]) -> list[Block]:
    rows = [[METRICS.get(one["name"], one["name"]), number(one["value"]), interval(one)] for one in facts["metrics"]]
    if not rows:
        return [f"{UNKNOWN}: no evaluation is recorded."]
    source = f"On {known(facts['num_rows'])} rows that no training has seen. Report: {report_id(facts['evaluation'])}."
    return [source, Table(["metric", "value", "95 % interval"], rows, (1, 2))]


def _gates(facts: Mapping[str, Any]) -> Block:
    rows = [[gate["name"], gate["verdict"], gate["asked"], gate["finding"]] for gate in facts["gates"]]
    return Table(["gate", "verdict", "asked", "found"], rows) if rows else f"{UNKNOWN}: no gate report is recorded."


def _slices(facts: Mapping[str, Any]) -> list[Block]:
    found: list[Block] = []
    for name, slices in facts["slices"].items():
        rows = [
            [one["value"], str(one["num_rows"]), number(one["accuracy"]), interval(one), known(one["verdict"])] for one in slices
        ]
        found += [f"By {name}:", Table(["value", "rows", "accuracy", "95 % interval", "verdict"], rows, (1, 2, 3))]
    return [f"Report: {report_id(facts['evaluation'])}.", *found] if found else [f"{UNKNOWN}: no slice was measured."]


def _bias(facts: Mapping[str, Any]) -> list[Block]:
    bias = facts["bias"]
    if not bias:
        return [f"{UNKNOWN}: no measure of bias is recorded."]
    rows = [[what, ", ".join(bias[what]) or "none"] for what in ("rejected", "warned", "unjudged")]
    return [f"Marks after training, by facet and measure. Report: {report_id(facts['evaluation'])}.", Table(["", "facets"], rows)]


def _licences(facts: Mapping[str, Any]) -> Table:
    base = facts["lineage"].get("base_model") if facts["kind"] != "baseline" else "none: it learns from the reviews alone"
    rows = [
        ["base model", known(base), known(facts["base_licence"]) if facts["kind"] != "baseline" else "none needed"],
        ["data", known(facts["dataset"]), known(facts["told"]["data_licence"])],
        ["code", "reviewloop", facts["code_licence"]],
    ]
    return Table(["of", "which", "licence"], rows)


def _risk(told: Mapping[str, Any]) -> list[Block]:
    return [tuple(told["marginal_risk"]), "Who uses it should:", tuple(told["responsible_use"])]


def _people(facts: Mapping[str, Any]) -> list[Block]:
    rows = [[str(one["event"]), one["at"], one["said"], one["by"], one["note"] or "–"] for one in facts["approvals"]]
    return [Table(["event", "at (UTC)", "said", "by", "note"], rows)] if rows else ["Nobody has said yes or no to it."]


def _lineage(facts: Mapping[str, Any]) -> Table:
    return Table(["", "recorded"], [[words, known(facts["lineage"].get(name))] for name, words in LINEAGE.items()])


def _history(facts: Mapping[str, Any]) -> Table:
    rows = [[str(one["event"]), one["at"], one["kind"].replace("_", " "), one["by"], one["note"] or "–"] for one in facts["events"]]
    return Table(["event", "at (UTC)", "what", "by", "note"], rows)


def _annex(facts: Mapping[str, Any]) -> Table:
    return Table(["", "heading", "evidence"], [[str(place), title, evidence] for place, title, evidence in annex_iv(facts)])
