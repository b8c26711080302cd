import math

import pytest
from pydantic import ValidationError

from reviewloop.config import DriftMethodConfig, MonitorConfig
from reviewloop.core.monitoring.drift import ColumnDrift, DriftVerdict, decide, live_macro_f1
from reviewloop.errors import PermanentError

LIMITS = MonitorConfig.model_validate(
    {
        "min_rows": 100,
        "columns": {
            "text_length": {"kind": "numerical", "method": "wasserstein", "threshold": 0.3},
            "prediction": {"kind": "categorical", "method": "jensenshannon", "threshold": 0.1},
            "department": {"kind": "categorical", "method": "jensenshannon", "threshold": 0.1},
        },
        "each_facet": {"kind": "categorical", "method": "jensenshannon", "threshold": 0.1},
        "min_drifted_columns": 2,
        "min_live_macro_f1": 0.4,
    }
)


def outcomes(*drifted: str) -> list[ColumnDrift]:
    return [
        ColumnDrift(name, m.method, 0.9 if name in drifted else 0.01, m.threshold, name in drifted)
        for name, m in LIMITS.columns.items()
    ]


def judge(*drifted: str, num_rows: int = 200, macro_f1: float = 0.6) -> DriftVerdict:
    return decide(outcomes(*drifted), num_rows, macro_f1, LIMITS)


def test_a_calm_day_does_not_fire_and_says_how_calm() -> None:
    verdict = judge()
    assert not verdict.fired
    assert verdict.reasons[0] == "0 of 3 columns drifted; 2 are needed to fire"
    assert "macro-F1 0.600 on 200 rated reviews" in verdict.reasons[1]


def test_one_drifted_column_alone_is_named_but_does_not_fire() -> None:
    verdict = judge("prediction")
    assert not verdict.fired
    assert "prediction: jensenshannon distance 0.900 reaches 0.1" in verdict.reasons


def test_enough_drifted_columns_fire_and_only_they_are_the_reasons() -> None:
    verdict = judge("prediction", "text_length")
    assert verdict.fired
    assert verdict.reasons == (
        "text_length: wasserstein distance 0.900 reaches 0.3",
        "prediction: jensenshannon distance 0.900 reaches 0.1",
    )


def test_a_champion_that_is_wrong_on_the_days_ratings_fires_without_any_drifted_column() -> None:
    verdict = judge(macro_f1=0.39)
    assert verdict.fired
    assert verdict.reasons[0] == "live macro-F1 0.390 on 200 rated reviews; at least 0.4 is asked"


def test_macro_f1_at_the_floor_does_not_fire() -> None:
    assert not judge(macro_f1=0.4).fired


def test_a_small_day_is_not_enough_evidence_whatever_it_shows() -> None:
    verdict = judge("prediction", "text_length", "department", num_rows=99, macro_f1=0.1)
    assert not verdict.fired
    assert verdict.reasons == ("not enough evidence: 99 rows, 100 are needed",)


def test_a_column_without_an_outcome_gives_no_verdict() -> None:
    with pytest.raises(PermanentError, match="measurement of department"):
        decide(outcomes()[:2], 200, 0.6, LIMITS)


def test_nan_gives_no_verdict() -> None:
    broken = [ColumnDrift("text_length", "wasserstein", math.nan, 0.3, drifted=False), *outcomes()[1:]]
    with pytest.raises(PermanentError, match="measurement of text_length"):
        decide(broken, 200, 0.6, LIMITS)
    with pytest.raises(PermanentError, match="live macro-F1"):
        decide(outcomes(), 200, math.nan, LIMITS)


def test_live_macro_f1_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    labels, predictions = [0, 0, 1, 2, 2, 2, 2], [0, 1, 1, 2, 2, 0, 2]
    assert live_macro_f1(labels, predictions) == pytest.approx(f1_score(labels, predictions, average="macro"))


def test_a_class_the_day_does_not_hold_is_left_out() -> None:
    assert live_macro_f1([0, 2, 2], [0, 2, 2]) == 1.0
    assert live_macro_f1([0, 2], [0, 1]) == 0.5


def test_a_day_without_rows_has_no_macro_f1() -> None:
    assert math.isnan(live_macro_f1([], []))


def test_a_rule_that_could_never_fire_is_refused() -> None:
    with pytest.raises(ValidationError, match="min_drifted_columns is 4, of 3 columns"):
        MonitorConfig.model_validate(LIMITS.model_dump() | {"min_drifted_columns": 4})


@pytest.mark.parametrize("method", ["chisquare", "wasserstein"])
def test_a_method_that_does_not_fit_the_column_is_refused(method: str) -> None:
    with pytest.raises(ValidationError, match="jensenshannon"):
        DriftMethodConfig.model_validate({"kind": "categorical", "method": method, "threshold": 0.1})
