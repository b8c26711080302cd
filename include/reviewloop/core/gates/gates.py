"""The metric gate: every line of ``gates`` in the configuration against the evidence. No evidence, no pass."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from reviewloop.config import GateConfig
from reviewloop.refs import Verdict

GateVerdict = Literal["fail", "not enough evidence", "overridden", "warn", "pass", "not applicable", "off"]
VERDICTS: Final[tuple[GateVerdict, ...]] = get_args(GateVerdict)
"""The gravest first."""
DELTA: Final = "champion.delta_macro_f1"
"""Macro-F1 of the candidate minus the champion's, on the same sealed rows."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a candidate.

    ``metrics`` holds numbers by flat name. ``not_applicable`` names the metrics that cannot exist now, and why: before the
    first release there is no champion to be compared with. A metric in neither is missing, and its gate fails. ``details``
    says in words what lies behind a metric: which examples are wrong, which slices are worse.
    """

    metrics: Mapping[str, float]
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(set(self.metrics) & set(self.not_applicable))
        if both:
            raise ValueError(f"both measured and not applicable: {', '.join(both)}")


@dataclass(frozen=True)
class GateResult:
    """One gate's verdict: what was asked, what was seen (``None``: nothing), and why it matters."""

    name: str
    measures: str
    """What ``metric`` is, in words, from the configuration."""
    metric: str
    asked: str
    """The rule in words: ``at least 0.55``."""
    value: float | None
    mode: str
    verdict: GateVerdict
    blocks: bool
    """Whether this verdict refuses the candidate."""
    reason: str
    """Why the gate exists, from the configuration."""
    finding: str
    """What was found, in words."""

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return asdict(self)


def together(*parts: Evidence) -> Evidence:
    """All parts as one. Raises ``ValueError`` where two of them speak of the same metric."""
    names = Counter(name for part in parts for name in (*part.metrics, *part.not_applicable))
    if twice := sorted(name for name, count in names.items() if count > 1):
        raise ValueError(f"measured by two parts: {', '.join(twice)}")
    return Evidence(
        {name: value for part in parts for name, value in part.metrics.items()},
        {name: why for part in parts for name, why in part.not_applicable.items()},
        {name: words for part in parts for name, words in part.details.items()},
    )


def judge(gate: GateConfig, evidence: Evidence) -> GateResult:
    """One gate against the evidence; a missing metric and NaN fail it, and ``mode: warn`` turns a failure into a warning.

    A metric that rests on too few rows is "not enough evidence", whatever its value; that refuses like a failure, unless the
    gate's ``unsure`` is ``pass``.
    """
    value = evidence.metrics.get(gate.metric)
    verdict, finding = _verdict(gate, value, evidence)
    is_refused = verdict == "fail" or (verdict == "not enough evidence" and gate.unsure == "fail")
    if verdict == "fail" and gate.metric in evidence.details:
        finding += f" ({evidence.details[gate.metric]})"
    if verdict == "fail" and gate.mode == "warn":
        verdict = "warn"
    return GateResult(
        gate.name, gate.measures, gate.metric, asked(gate), value if _is_known(value) else None,
        gate.mode, verdict, is_refused and gate.mode == "enforce", gate.reason, finding,
    )  # fmt: skip


def _verdict(gate: GateConfig, value: float | None, evidence: Evidence) -> tuple[GateVerdict, str]:
    """The verdict as if enforced, and why."""
    if gate.mode == "off":
        return "off", "switched off in the configuration"
    if gate.metric in evidence.not_applicable:
        return "not applicable", evidence.not_applicable[gate.metric]
    num_rows = None if gate.rows is None else evidence.metrics.get(gate.rows)
    if num_rows is not None and gate.min_rows is not None and num_rows < gate.min_rows:
        return "not enough evidence", f"{gate.rows} is {num_rows:g}, too few to judge {gate.metric}: asked at least {gate.min_rows}"
    for name, seen in ((gate.metric, value), (gate.rows, num_rows)):
        if name is not None and seen is None:
            return "fail", f"no evidence: {name} was not measured"
        if name is not None and not _is_known(seen):
            return "fail", f"no evidence: {name} is not a number"
    return _against_rule(gate, value or 0.0)


def _against_rule(gate: GateConfig, value: float) -> tuple[GateVerdict, str]:
    seen = f"{gate.metric} is {value:.4g}"
    if gate.min is not None and value < gate.min:
        return "fail", f"{seen}, asked at least {gate.min:g}"
    if gate.above is not None and value <= gate.above:
        return "fail", f"{seen}, asked more than {gate.above:g}"
    if gate.max is not None and value > gate.max:
        return "fail", f"{seen}, asked at most {gate.max:g}"
    return "pass", seen


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def asked(gate: GateConfig) -> str:
    """The gate's rule in words."""
    bounds = (("at least", gate.min), ("more than", gate.above), ("at most", gate.max))
    rule = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
    return rule if gate.rows is None else f"{rule}, with {gate.rows} at least {gate.min_rows}"


def judge_all(gates: Iterable[GateConfig], evidence: Evidence) -> tuple[GateResult, ...]:
    """Every gate, in the configured order."""
    return tuple(judge(gate, evidence) for gate in gates)


def overall(results: Sequence[GateResult]) -> Verdict:
    """``fail`` if one gate refuses, else ``warn`` if one warned, lacked the evidence or was overridden, else ``pass``."""
    if failed(results):
        return "fail"
    return "warn" if {"warn", "not enough evidence", "overridden"} & {result.verdict for result in results} else "pass"


def failed(results: Iterable[GateResult]) -> tuple[GateResult, ...]:
    """The gates that refuse the candidate: those that failed, and those that lacked the evidence and may not pass without."""
    return tuple(result for result in results if result.blocks)


def in_count(results: Sequence[GateResult]) -> str:
    """How many of each verdict: ``24 pass, 1 not applicable``."""
    count = {verdict: sum(result.verdict == verdict for result in results) for verdict in VERDICTS}
    return ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number)
