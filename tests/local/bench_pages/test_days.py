"""Generated days are of the shape that the monitor keeps: what the pages are tried on is what they will be given."""

from tests.helpers.monitored import Watch, reference_of, shop

from reviewloop.core.monitoring.metrics.profile import profile
from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop_local.bench_pages.days import verdicts


def test_they_have_the_figures_signals_and_keys_of_a_real_verdict() -> None:
    day = shop(120, 6).sample()
    real = Watch(reference_of(400)).judge(day).as_json() | {"profile": profile(day), "live_macro_f1": 0.6, "model_version": "1"}
    (made,) = verdicts(1)
    assert made.keys() - real.keys() == {"day", "quality"}
    assert real.keys() <= made.keys()
    for part in ("profile", "signals"):
        assert {frozenset(one) for one in made[part]} == {frozenset(one) for one in real[part]}
    of_rows = [rows_of(one, "ab", "s3://x")[["metric_type", "signal"]].drop_duplicates() for one in (real, made)]
    known = [{tuple(row) for row in frame.itertuples(index=False)} for frame in of_rows]
    assert known[1] - known[0] == {("quality", "accuracy")}
    assert known[0] - known[1] == set()


def test_the_same_seed_is_the_same_year() -> None:
    assert list(verdicts(3, 5)) == list(verdicts(3, 5))
    assert list(verdicts(3, 5)) != list(verdicts(3, 6))
