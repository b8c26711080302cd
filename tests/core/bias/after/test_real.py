"""A decent model of the real reviews passes: no near copy leaks, no slice is named and no group rejected by mistake.

``REVIEWLOOP_REAL_CSV`` names the file (else ``../shared/data`` is looked into). The model is the baseline, trained here.
"""

import pandas as pd
import pytest
from tests.core.bias.test_real import CSV

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.bias.after.verdicts import measure_after
from reviewloop.core.dataset.balance import balanced
from reviewloop.core.dataset.leakage import find_leakage
from reviewloop.core.dataset.snapshots import Snapshot, model_texts, split_snapshot, without_near_copies
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.evaluation.evaluation import evaluation, with_predictions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CSV.exists(), reason=f"no real reviews: REVIEWLOOP_REAL_CSV names no file, nor is there {CSV}"),
    pytest.mark.timeout(600),
]
CONFIG = load_config("test")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    _, accepted, _ = parse_whole(CSV.name, CSV.read_bytes(), load_contract(), load_config().dataset.limits)
    split = CONFIG.features.split
    return split_snapshot(accepted.assign(day="2026-01-01"), CONFIG.contract, split.validation, split.test)


@pytest.fixture(scope="module")
def cleaned(snapshot: Snapshot) -> Snapshot:
    return without_near_copies(snapshot, CONFIG.features.near_duplicate_jaccard)


@pytest.fixture(scope="module")
def predicted(cleaned: Snapshot) -> pd.DataFrame:
    from reviewloop.models import baseline

    chosen = CONFIG.training.baseline
    train = balanced(cleaned.parts["train"], "weight", CONFIG.features.balance_power)
    fitted = baseline.fit(
        model_texts(train), train["label"].to_numpy(), train["weight"].to_numpy() ** chosen.weight_power,
        ngram_max=chosen.ngram_max, min_df=chosen.min_df, max_features=chosen.max_features, c=chosen.c, seed=CONFIG.training.seed,
    )  # fmt: skip
    test = cleaned.parts["test"]
    return with_predictions(test, baseline.predict_proba(fitted, model_texts(test), 3))


def test_near_copies_of_sealed_texts_are_few_and_gone(snapshot: Snapshot, cleaned: Snapshot) -> None:
    def leaked(parts: Snapshot) -> tuple[int, int]:
        known = {name: parts.parts[name] for name in ("train", "validation")}
        found = find_leakage(parts.parts["test"], known, CONFIG.features.near_duplicate_jaccard)
        return found.num_shared_texts, found.num_near_duplicates

    assert leaked(snapshot)[0] == 0
    assert leaked(cleaned) == (0, 0)
    assert cleaned.num_near_copies <= 0.002 * snapshot.num_curated
    pd.testing.assert_frame_equal(cleaned.parts["test"], snapshot.parts["test"])


def test_no_group_of_a_decent_model_is_rejected(predicted: pd.DataFrame) -> None:
    found = measure_after(predicted, CONFIG.bias, CONFIG.bias_after, CONFIG.contract)
    assert [report.name for report in found.marked("reject")] == []
    assert found.unjudged == ()
    assert found.metrics()["bias_after.num_judged"] > 50


def test_no_slice_of_a_decent_model_is_named(predicted: pd.DataFrame) -> None:
    report = evaluation(predicted, CONFIG.contract, 500, CONFIG.training.seed, CONFIG.evaluation)
    assert report["slices_worse"] == []
    assert report["metrics"]["slices.num_compared"] > 60
