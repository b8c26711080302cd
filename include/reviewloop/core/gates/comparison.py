"""The candidate against the champion, on the same rows; or why there is nothing to compare."""

from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from reviewloop.core.evaluation.evaluation import to_json
from reviewloop.core.gates.gates import DELTA
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.core.statistics.mcnemar import mcnemar

_NAMES: Final = (
    DELTA,
    f"{DELTA}_low",
    f"{DELTA}_high",
    "champion.accuracy",
    "champion.macro_f1",
    "champion.mcnemar_p",
    "champion.mcnemar_worse_p",
    "champion.num_only_candidate_right",
    "champion.num_only_champion_right",
)


@dataclass(frozen=True)
class Comparison:
    """``metrics`` and ``not_applicable`` are evidence for the gates; with a champion that could not be scored, both are empty.

    ``champion`` is the champion's report on these rows (see ``core.evaluation``), ``note`` says in words what was compared.
    """

    note: str
    metrics: dict[str, float] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    champion: dict[str, Any] | None = None


def no_champion() -> Comparison:
    """Before the first release: the gates on the champion do not apply."""
    reason = "there is no champion yet"
    return Comparison(note=reason, not_applicable=dict.fromkeys(_NAMES, reason))


def not_scored(version: str, error: Exception) -> Comparison:
    """A champion that cannot answer is missing evidence, not a reason to wave the candidate through."""
    return Comparison(note=f"champion, version {version}, could not be scored on these rows: {error}")


def with_champion(
    version: str, champion: dict[str, Any], predicted: pd.DataFrame, champion_predicted: pd.DataFrame, num_resamples: int, seed: int
) -> Comparison:
    """Both models' predictions of the same rows (see ``core.evaluation``); ``champion`` is the champion's report on them."""
    answers = predicted["label"], predicted["prediction"], champion_predicted["prediction"]
    difference, test = macro_f1_difference(*answers, num_resamples, seed), mcnemar(*answers)
    values = (
        difference.delta,
        difference.low,
        difference.high,
        champion["metrics"]["accuracy"],
        champion["metrics"]["macro_f1"],
        test.p,
        test.p_worse,
        float(test.num_only_first),
        float(test.num_only_second),
    )
    note = (
        f"against the champion, version {version}, on the same {len(predicted)} rows: macro-F1 {difference.delta:+.4f} "
        f"(95 % interval {difference.low:+.4f} to {difference.high:+.4f}); "
        f"right alone: the candidate {test.num_only_first} times, the champion {test.num_only_second} (McNemar p {test.p:.2g})"
    )
    report = {**champion, "metrics": to_json(champion["metrics"]), "version": version}
    return Comparison(note, dict(zip(_NAMES, values, strict=True)), champion=report)
