"""The metric gate: every line of ``gates`` in the configuration against the evidence. No evidence, no pass."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from reviewloop.config import GateConfig
from reviewloop.refs import Verdict

GateVerdict = Literal["pass", "warn", "fail", "off", "not applicable"]
VERDICTS: Final[tuple[GateVerdict, ...]] = get_args(GateVerdict)
DELTA: Final = "champion.delta_macro_f1"
"""Macro-F1 of the candidate minus the champion's, on the same sealed rows."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a candidate.

    ``metrics`` holds numbers by flat name. ``not_applicable`` names the metrics that cannot exist now, and why: before the
    first release there is no champion to be compared with. A metric in neither is missing, and its gate fails.
    """

    metrics: Mapping[str, float]
    not_applicable: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = sorted(set(self.metrics) & set(self.not_applicable))
        if both:
            raise ValueError(f"both measured and not applicable: {', '.join(both)}")


@dataclass(frozen=True)
class GateResult:
    """One gate's verdict: what was asked, what was seen (``None``: nothing), and why it matters."""

    name: str
    metric: str
    value: float | None
    min: float | None
    max: float | None
    verdict: GateVerdict
    reason: str
    """Why the gate exists, from the configuration."""
    finding: str
    """What was found, in words."""

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return asdict(self)


def judge(gate: GateConfig, evidence: Evidence) -> GateResult:
    """One gate against the evidence; a missing metric and NaN fail it, and ``mode: warn`` turns a failure into a warning."""
    value = evidence.metrics.get(gate.metric)
    verdict: GateVerdict = "warn" if gate.mode == "warn" else "fail"
    if gate.mode == "off":
        verdict, finding = "off", "switched off in the configuration"
    elif gate.metric in evidence.not_applicable:
        verdict, finding = "not applicable", evidence.not_applicable[gate.metric]
    elif value is None:
        finding = f"no evidence: {gate.metric} was not measured"
    elif math.isnan(value):
        finding = f"no evidence: {gate.metric} is not a number"
    elif gate.min is not None and value < gate.min:
        finding = f"{gate.metric} is {value:.4g}, asked at least {gate.min:g}"
    elif gate.max is not None and value > gate.max:
        finding = f"{gate.metric} is {value:.4g}, asked at most {gate.max:g}"
    else:
        verdict, finding = "pass", f"{gate.metric} is {value:.4g}"
    seen = None if value is None or math.isnan(value) else value
    return GateResult(gate.name, gate.metric, seen, gate.min, gate.max, verdict, gate.reason, finding)


def judge_all(gates: Iterable[GateConfig], evidence: Evidence) -> tuple[GateResult, ...]:
    """Every gate, in the configured order."""
    return tuple(judge(gate, evidence) for gate in gates)


def overall(results: Sequence[GateResult]) -> Verdict:
    """``fail`` if one gate failed, else ``warn`` if one warned, else ``pass``."""
    verdicts = {result.verdict for result in results}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "pass"


def failed(results: Iterable[GateResult]) -> tuple[GateResult, ...]:
    """The gates that failed."""
    return tuple(result for result in results if result.verdict == "fail")
