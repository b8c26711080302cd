"""The evidence of a good candidate, as ``evaluate`` and ``gate_model`` measure it: every metric that a shipped gate reads."""

from typing import Final

from reviewloop.core.gates.gates import DELTA

GOOD: Final = {
    "num_rows": 3376.0, "macro_f1_low": 0.68, "recall.negative": 0.67, "recall.neutral": 0.57, "recall.positive": 0.92,
    "support.negative": 350.0, "support.neutral": 420.0, "support.positive": 2606.0,
    "baseline.delta_macro_f1_low": 0.03, f"{DELTA}_low": -0.01, "champion.mcnemar_worse_p": 0.4,
    "slices.department.min_accuracy": 0.8, "slices.department.num_judged": 5.0, "slices.num_compared": 60.0,
    "slices.num_significantly_worse": 0.0, "important.num_wrong": 0.0, "important.num_cases": 12.0,
    "behaviour.mft.min_rate": 0.8, "behaviour.inv.min_rate": 0.95, "behaviour.dir.min_rate": 0.9, "flip.max_rate": 0.03,
    "bias_after.num_rejected": 0.0, "bias_after.num_judged": 80.0, "bias_after.num_facets_unjudged": 0.0,
    "calibration_error": 0.05, "leakage.num_shared_texts": 0.0, "leakage.num_near_duplicates": 0.0,
    "degenerate.num_not_finite": 0.0, "degenerate.num_classes_predicted": 3.0, "degenerate.max_class_share": 0.76,
    "degenerate.num_distinct_outputs": 3376.0, "served.same_artifact": 1.0, "served.max_probability_gap": 0.001,
    "served.latency_p95_ms": 40.0, "served.size_mb": 90.0, "forms.changed_share": 0.004, "forms.macro_f1_loss": 0.001,
    "data.days_behind": 1.0, "lineage.num_missing": 0.0,
}  # fmt: skip

FAULTS: Final = {
    "macro_f1_floor": {"macro_f1_low": 0.29},
    "negative_recall_floor": {"recall.negative": 0.1},
    "neutral_recall_floor": {"recall.neutral": 0.0},
    "positive_recall_floor": {"recall.positive": 0.5},
    "better_than_baseline": {"baseline.delta_macro_f1_low": 0.0},
    "champion_non_inferiority": {f"{DELTA}_low": -0.08},
    "champion_mcnemar": {"champion.mcnemar_worse_p": 0.001},
    "slice_gap": {"slices.num_significantly_worse": 1.0},
    "important_examples": {"important.num_wrong": 1.0},
    "behaviour_minimum": {"behaviour.mft.min_rate": 0.2},
    "behaviour_invariance": {"behaviour.inv.min_rate": 0.4},
    "behaviour_direction": {"behaviour.dir.min_rate": 0.1},
    "flip_rate": {"flip.max_rate": 0.5},
    "bias_after_training": {"bias_after.num_rejected": 1.0},
    "every_facet_judged": {"bias_after.num_facets_unjudged": 1.0},
    "calibration": {"calibration_error": 0.4},
    "no_leakage": {"leakage.num_shared_texts": 1.0},
    "no_near_duplicates": {"leakage.num_near_duplicates": 1.0},
    "answers_are_numbers": {"degenerate.num_not_finite": 1.0},
    "every_class_answered": {"degenerate.num_classes_predicted": 2.0},
    "no_single_answer": {"degenerate.max_class_share": 0.99},
    "answers_differ": {"degenerate.num_distinct_outputs": 1.0},
    "served_form": {"served.same_artifact": 0.0},
    "served_answers": {"served.max_probability_gap": 0.3},
    "served_as_trained": {"forms.changed_share": 0.02},
    "served_no_worse": {"forms.macro_f1_loss": 0.01},
    "served_latency": {"served.latency_p95_ms": 20_000.0},
    "served_size": {"served.size_mb": 5_000.0},
    "fresh_data": {"data.days_behind": 60.0},
    "lineage_complete": {"lineage.num_missing": 1.0},
    "worst_department_floor": {"slices.department.min_accuracy": 0.4},
}
"""Gate -> what its fault does to the evidence."""
