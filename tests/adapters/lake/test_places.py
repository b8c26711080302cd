"""Where things lie, written out: what older code has stored must be found there."""

import pytest

from reviewloop.adapters.lake import places
from reviewloop.settings import settings

DAY, KEY = "2026-01-02", "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        (lambda: places.inbox("inbox/reviews", DAY, ""), "inbox/reviews/2026-01-02/"),
        (lambda: places.raw(DAY), "raw/reviews/day=2026-01-02"),
        (lambda: places.landing(DAY), "landings/reviews/day=2026-01-02.json"),
        (places.landing, "landings/reviews/"),
        (lambda: places.current("reviews", DAY), "current/reviews/day=2026-01-02.json"),
        (lambda: places.staging(DAY), "staging/reviews/day=2026-01-02"),
        (lambda: places.curated(DAY), "curated/reviews/day=2026-01-02"),
        (lambda: places.curated_batch(DAY, "ab"), "curated/reviews/day=2026-01-02/batch=ab"),
        (places.features, "features"),
        (lambda: places.feature_pointer("latest"), "features/latest.json"),
        (places.sealed_tests, "sealed"),
        (lambda: places.sealed_ratings(7), "sealed/ratings/00000007.json"),
        (places.sealed_ratings, "sealed/ratings/"),
        (places.sealed_predictions, "sealed/predictions"),
        (lambda: places.feast("registry.db"), "feast/registry.db"),
        (lambda: places.jobs("sagemaker"), "jobs/sagemaker"),
        (lambda: places.jobs("batch", "name"), "jobs/batch/name"),
        (lambda: places.models("baseline"), "models/baseline"),
        (lambda: places.model_signature(f"{places.models('m')}/ab", KEY), f"models/m/signatures/ab.{KEY[:16]}.sigstore.json"),
        (lambda: places.lock(KEY), f"models/locks/{KEY}.txt"),
        (lambda: places.cards("3"), "reports/cards/version=3"),
        (lambda: places.model_pointer("baseline", KEY), "models/baseline/jobs/0123456789abcdef.json"),
        (lambda: places.model_finetuned("transformer", KEY), "models/transformer/finetuned/0123456789abcdef.json"),
        (places.deployed, "monitoring/deployed.json"),
        (lambda: places.evaluations(KEY, "baseline"), "evaluations/0123456789abcdef/baseline"),
        (lambda: places.leaderboard(KEY, "majority-ab"), "evaluations/leaderboards/0123456789abcdef/majority-ab"),
        (lambda: places.leaderboard_judged(KEY, "ab"), "evaluations/leaderboards/judged/0123456789abcdef/ab.json"),
        (lambda: places.leaderboard_judged(KEY), "evaluations/leaderboards/judged/0123456789abcdef/"),
        (lambda: places.predictions(DAY), "predictions/day=2026-01-02"),
        (lambda: places.chunks(DAY, "ab", KEY), "chunks/day=2026-01-02/batch=ab/model=0123456789abcdef"),
        (lambda: places.ledger_segment("a"), "ledger/segments/a"),
        (lambda: places.captured("day=2026-01-02/a.json"), "captured/day=2026-01-02/a.json"),
        (places.captured, "captured/"),
        (places.captures_root, "captures/"),
        (lambda: places.captures(DAY), "captures/rows/day=2026-01-02"),
        (lambda: places.captures_late(DAY), "captures/late/day=2026-01-02/"),
        (lambda: places.captures_collected(DAY), "captures/collected/day=2026-01-02.json"),
        (places.captures_collected, "captures/collected/"),
        (lambda: places.erasure("a.json"), "captures/erasures/a.json"),
        (lambda: places.metrics(DAY), "monitoring/metrics/day=2026-01-02"),
        (places.products, "monitoring/products.json"),
        (places.budget, "monitoring/budget.json"),
        (lambda: places.retained("a.json"), "monitoring/retained/a.json"),
        (places.sizes, "monitoring/sizes.json"),
        (lambda: places.of_key("a/b/"), "a/b/"),
        (lambda: places.reports("model", "a", "report.json"), "reports/model/a/report.json"),
        (places.athena_results, "athena-results/"),
    ],
)  # fmt: skip
def test_a_place_never_moves(uri, key) -> None:
    assert uri() == f"s3://{settings().bucket}/{key}"
