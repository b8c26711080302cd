"""What the gates need beyond a model's metrics: the simple baseline, the data's age, the lineage, and the names behind numbers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from reviewloop.core.gates.gates import Evidence
from reviewloop.core.statistics.bootstrap import macro_f1_difference

BASELINE_DELTA: Final = "baseline.delta_macro_f1"
"""Macro-F1 of the candidate minus the simple baseline's, on the same sealed rows."""
LINEAGE: Final = (
    "job_key",
    "features_uri",
    "features_digest",
    "last_day",
    "config_digest",
    "gates_digest",
    "git_commit",
    "git_dirty",
    "lock_digest",
    "code_digest",
    "base_model",
    "base_model_pin",
    "dag_run",
    "seed",
    "trigger",
)
"""What a version is registered with of its training run: enough to find and repeat its training."""
_NAMED: Final = 5
"""Offenders that a finding names; the pages have all of them."""
FORM_METRICS: Final = ("forms.changed_share", "forms.macro_f1_loss")
"""What a model that may answer in two forms is asked."""


def against_baseline(candidate: pd.DataFrame, baseline: pd.DataFrame, num_resamples: int, seed: int) -> Evidence:
    """The candidate against the baseline: both models' predictions of the same rows (paired bootstrap, 95 % interval)."""
    difference = macro_f1_difference(
        candidate["label"], candidate["prediction"], baseline["prediction"], num_resamples, seed
    )  # fmt: skip
    values = {"": difference.delta, "_low": difference.low, "_high": difference.high}
    return Evidence({f"{BASELINE_DELTA}{end}": value for end, value in values.items()})


def baseline_itself() -> Evidence:
    """When the baseline is the candidate it cannot be better than itself."""
    return Evidence({}, {f"{BASELINE_DELTA}{end}": "the candidate is the baseline itself" for end in ("", "_low", "_high")})


def only_form(form: str) -> Evidence:
    """When a model is served in its one form, nothing can differ."""
    return Evidence({}, dict.fromkeys(FORM_METRICS, f"it is served {form.replace('_', ' ')}, in no other form"))


def data_age(last_day: str, curated_days: Sequence[str]) -> Evidence:
    """``data.days_behind``: days from the snapshot's last day to the newest curated one. Without a curated day, nothing is known.

    Not to today: a lake that is replayed, or that no producer has fed for a while, holds nothing newer to train on, and
    refusing the model would not change that.
    """
    if not curated_days:
        return Evidence({})
    behind = (date.fromisoformat(max(curated_days)) - date.fromisoformat(last_day)).days
    days = f"trained on days up to {last_day}, curated are days up to {max(curated_days)}"
    remedy = "build the features again (trigger reviews_features), then train"
    return Evidence({"data.days_behind": float(max(behind, 0))}, details={"data.days_behind": f"{days}; {remedy}"})


def lineage(facts: Mapping[str, str]) -> Evidence:
    """``lineage.num_missing``: how many facts of ``LINEAGE`` the run lacks; an empty one and ``unknown`` tell nothing either."""
    missing = [name for name in LINEAGE if facts.get(name, "").strip() in ("", "unknown")]
    words = ", ".join(missing)
    if "git_commit" in missing:
        words += "; outside of git, give the commit in REVIEWLOOP_GIT_COMMIT"
    return Evidence({"lineage.num_missing": float(len(missing))}, details={"lineage.num_missing": words} if missing else {})


def details(report: Mapping[str, Any]) -> dict[str, str]:
    """The names behind the numbers of a model's report (see the step ``evaluate``), by metric; only of what there is to name."""
    copies = [f"review {one['sealed_review_id']}" for one in report.get("leakage", {}).get("examples", ())]
    wrong = [f"{one['id']}: said {one['said']}" for one in report.get("important", ()) if not one["right"]]
    weakest = {
        f"behaviour.{kind}.min_rate": [f"{one['name']} {one['rate']:.0%}" for one in found]
        for kind, found in _by_kind(report.get("behaviour", {}).get("capabilities", ())).items()
    }
    flips = sorted((one for one in report.get("flips", ()) if one["rate"]), key=lambda one: -one["rate"])
    named: dict[str, Sequence[str]] = {
        "slices.num_significantly_worse": report.get("slices_worse", ()),
        "bias_after.num_rejected": report.get("bias_after", {}).get("rejected", ()),
        "bias_after.num_facets_unjudged": report.get("bias_after", {}).get("unjudged", ()),
        "leakage.num_shared_texts": copies,
        "leakage.num_near_duplicates": copies,
        "important.num_wrong": wrong,
        "flip.max_rate": [f"{one['facet']} {one['rate']:.0%}" for one in flips],
        **{f"slices.{facet}.min_accuracy": _weakest_slices(found) for facet, found in report.get("slices", {}).items()},
        **weakest,
    }
    return {metric: _some(names) for metric, names in named.items() if names}


def _by_kind(capabilities: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The capabilities of each kind that have a rate, the weakest first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted((one for one in capabilities if one["rate"] is not None), key=lambda one: float(one["rate"])):
        found.setdefault(one["kind"], []).append(one)
    return found


def _weakest_slices(slices: Sequence[Mapping[str, Any]]) -> list[str]:
    found = sorted(slices, key=lambda one: float(one["accuracy"]))
    return [f"{one['value']} {one['accuracy']:.2f} in {one['num_rows']} rows" for one in found]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more
