"""One day, one decision: what fires, what does not, and what is named though it could not be judged."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.helpers.monitored import CONFIG, Shop, Watch, moved, outcome, reference_of, shop

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.drift.complaints import Complaints
from reviewloop.core.monitoring.drift.decision import DriftVerdict
from reviewloop.core.monitoring.drift.words import unlike


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch(reference_of())


@pytest.fixture(scope="module")
def unread() -> Watch:
    return Watch(reference_of(with_embeddings=False))


def judged(watch: Watch, day: Shop, **options: bool) -> DriftVerdict:
    return watch.judge(day.sample(**options))


def test_a_clean_day_does_not_fire_and_says_what_it_could_have_seen(watch: Watch) -> None:
    verdict = judged(watch, shop(200, 50))
    assert not verdict.fired
    assert "none beyond what luck does" in verdict.reasons[0]
    assert "the smallest rise of complaints from" in verdict.reasons[1]
    assert {one.verdict for one in verdict.signals} <= {"as before", "not enough evidence"}
    assert json.loads(json.dumps(verdict.as_json()))["signals"][0]["family"] == "labels"


def test_doubled_complaints_at_200_rows_fire_on_day_one(watch: Watch) -> None:
    """M2."""
    before = watch.reference.rows.num_complaints / watch.reference.rows.num_rated
    fired = [judged(watch, shop(200, 100 + seed, complaints=2 * before)) for seed in range(30)]
    assert sum(one.fired for one in fired) >= 23, "of 26 or more on average"
    assert any(moved(one) == {"complaints"} for one in fired), "a single strong signal fires"


def test_days_before_are_pooled_and_say_so(watch: Watch) -> None:
    day = shop(200, 60, complaints=0.13).sample()
    alone, pooled = watch.judge(day), watch.judge(day, (Complaints(36, 200), Complaints(37, 200)))
    assert not alone.fired
    assert outcome(pooled, "complaints").verdict == "moved"
    assert "of 3 days together" in outcome(pooled, "complaints").words
    assert outcome(pooled, "complaints").pooled


def test_a_day_that_fires_by_its_own_rows_is_not_called_pooled(watch: Watch) -> None:
    day = shop(200, 61, complaints=0.3).sample()
    assert outcome(watch.judge(day, (Complaints(36, 200), Complaints(37, 200))), "complaints").pooled is False
    calm = watch.judge(shop(200, 50).sample(), (Complaints(20, 200),))
    assert outcome(calm, "complaints").pooled is False


def test_one_column_that_moved_fires_and_is_named_alone(watch: Watch) -> None:
    verdict = judged(watch, shop(200, 51, departments={"Tops": 0.05, "Dresses": 0.28, "Bottoms": 0.17, "Jackets": 0.5}))
    assert verdict.fired
    assert moved(verdict) == {"department"}
    assert verdict.reasons[0].startswith("department: Jackets 9.9% before, 53.0% today")
    assert "by luck 0.0002" in verdict.reasons[0]


def test_a_missing_share_that_moves_is_drift_though_the_rest_keeps_its_mix(watch: Watch) -> None:
    """M17."""
    day = shop(200, 52)
    holes = np.arange(200) % 8 == 0
    verdict = judged(watch, day.changed(department=day.frame["department"].mask(holes)))
    assert moved(verdict) == {"department"}
    assert f"{MISSING} 0.0% before, 12.5% today" in outcome(verdict, "department").words
    titles = judged(watch, day.changed(title=day.frame["title"].mask(np.arange(200) % 2 == 0)))
    assert moved(titles) == {"title"}


@pytest.mark.parametrize(
    ("change", "named", "found"),
    [
        ({"department": None}, {"department"}, "department: no review of the day has a value"),
        ({"department": "Tops"}, {"department"}, ""),
        ({"department": "Shoes"}, {"department"}, "department: 200 reviews have values that the reference never had: Shoes"),
        ({"age": "forty"}, {"age_band"}, "age_band: 200 values of age in the day are no numbers"),
        ({"department": 7}, {"department"}, "department: values of department in the day are no text"),
    ],
)
def test_a_column_that_is_odd_is_named_and_the_others_are_judged(
    watch: Watch, change: dict[str, object], named: set[str], found: str
) -> None:
    """M17."""
    verdict = judged(watch, shop(200, 53).changed(**change))
    assert moved(verdict) == named
    assert found in "; ".join(verdict.findings)
    assert outcome(verdict, "text_length").verdict == outcome(verdict, "labels").verdict == "as before"


def test_a_column_that_is_gone_is_not_measured_and_the_others_are_judged(watch: Watch) -> None:
    day = shop(200, 54, complaints=0.4)
    verdict = judged(watch, Shop(day.frame.drop(columns="department"), day.embeddings))
    gone = outcome(verdict, "department")
    assert (gone.verdict, gone.chance) == ("not measured", None)
    assert "the day has no column department" in gone.words
    assert "complaints" in moved(verdict)


def test_a_constant_reference_is_named_and_still_sees_what_is_new() -> None:
    constant = shop(1500, 1).changed(department="Tops")
    watch = Watch(type(reference_of(100)).of(constant.sample("the reference"), CONFIG))
    calm = judged(watch, shop(200, 55).changed(department="Tops"))
    assert "department: all reviews of the reference have the same value (Tops)" in calm.findings
    assert not calm.fired
    one_odd = np.where(np.arange(200) == 3, "Shoes", "Tops")
    assert not judged(watch, shop(200, 55).changed(department=one_odd)).fired, "a single row is no drift"
    many_odd = np.where(np.arange(200) < 20, "Shoes", "Tops")
    assert moved(judged(watch, shop(200, 55).changed(department=many_odd))) == {"department"}


def test_an_empty_day_and_a_tiny_one_are_not_enough_evidence(watch: Watch) -> None:
    for num_rows in (0, CONFIG.min_rows - 1):
        verdict = judged(watch, shop(num_rows, 56))
        assert not verdict.fired
        assert verdict.reasons == (f"not enough evidence: {num_rows} rows, {CONFIG.min_rows} are needed",)
        assert {one.verdict for one in verdict.signals} <= {"not enough evidence", "not measured"}
    assert "the day has no reviews" in judged(watch, shop(0, 56)).findings


def test_a_day_without_ratings_is_judged_by_the_rest_with_the_whole_alpha(watch: Watch) -> None:
    verdict = judged(watch, shop(1000, 57, complaints=0.3).changed(rating=None))
    assert outcome(verdict, "complaints").verdict == outcome(verdict, "labels").verdict == "not measured"
    assert "answered complaints" in moved(verdict)
    assert {one.alpha for one in verdict.signals} == {CONFIG.alpha}
    assert verdict.smallest_change.rated is None
    assert verdict.smallest_change.answered is not None


def test_a_day_rated_in_part_is_judged_on_its_rated_rows(watch: Watch) -> None:
    day = shop(600, 58, complaints=0.3)
    verdict = judged(watch, day.changed(rating=day.frame["rating"].where(np.arange(600) < 200)))
    assert verdict.num_rated == 200
    assert "of 200)" in outcome(verdict, "complaints").words
    assert {"complaints", "labels"} <= moved(verdict)
    few = judged(watch, day.changed(rating=day.frame["rating"].where(np.arange(600) < 4)))
    assert outcome(few, "complaints").verdict == outcome(few, "labels").verdict == "not enough evidence"


def test_fifty_reviews_of_another_domain_are_found_by_their_texts_alone(watch: Watch) -> None:
    verdict = judged(watch, shop(50, 59, shift=1.5))
    assert {"text", "domain"} <= moved(verdict) <= {"text", "domain"}
    assert "tells the other half from the reference in 100% of pairs" in outcome(verdict, "domain").words


def test_without_embeddings_the_texts_are_not_measured_and_that_is_said(watch: Watch, unread: Watch) -> None:
    verdict = judged(watch, shop(200, 61), with_embeddings=False)
    assert outcome(verdict, "text").verdict == outcome(verdict, "domain").verdict == "not measured"
    assert verdict.reasons[-1] == "not measured: domain, text"
    older = judged(unread, shop(200, 61))
    assert outcome(older, "text").verdict == "not measured"
    assert "the reference has no embeddings" in outcome(older, "text").words


def test_the_reviews_least_like_the_reference_are_the_planted_ones(watch: Watch) -> None:
    usual, foreign = shop(180, 62), shop(20, 63, shift=3)
    both = Shop(pd.concat([usual.frame, foreign.frame], ignore_index=True), np.vstack([usual.embeddings, foreign.embeddings]))
    found = unlike(watch.reference.rows, both.sample(), 10)
    assert len(found) == 10
    assert set(found["review_id"]) <= set(foreign.frame["review_id"])
    assert found["share"].min() > 0.95


def test_a_text_that_is_sent_again_and_again_counts_once(watch: Watch) -> None:
    day = shop(200, 64)
    angry = day.frame[day.frame["rating"] == 1].head(1)
    flood = pd.concat([day.frame, *[angry.assign(review_id=90_000_000 + number) for number in range(150)]], ignore_index=True)
    embeddings = np.vstack([day.embeddings, np.repeat(day.embeddings[angry.index], 150, axis=0)])
    verdict = judged(watch, Shop(flood, embeddings))
    assert (verdict.num_rows, verdict.fired) == (200, False)
    assert "150 reviews of the day repeat another's text; each text counts once" in verdict.findings


def test_order_and_index_of_the_rows_change_nothing(watch: Watch) -> None:
    day = shop(200, 65, complaints=0.16)
    assert judged(watch, day.shuffled(1)) == judged(watch, day.shuffled(2)) == judged(watch, day)
    again = type(watch.reference).of(shop(1500, 1).shuffled(3).sample("the reference"), CONFIG)
    assert Watch(again).judge(day.sample()) == judged(watch, day)


def test_labels_that_the_champion_contradicts_more_than_it_did_fire(watch: Watch) -> None:
    day = shop(400, 66)
    swapped = day.frame["rating"].map({1: 3, 3: 1, 5: 5})
    verdict = judged(watch, day.changed(rating=swapped))
    assert "contradicted answers" in moved(verdict)


def test_a_department_alone_that_complains_is_named(watch: Watch) -> None:
    day = shop(2000, 67)
    is_jacket = (day.frame["department"] == "Jackets").to_numpy()
    unhappy = np.where(is_jacket & (np.arange(2000) % 3 == 0), 1, day.frame["rating"])
    verdict = judged(watch, day.changed(rating=unhappy))
    assert outcome(verdict, "complaints", "department Jackets").verdict == "moved"
    assert outcome(verdict, "complaints", "department Tops").verdict == "as before"
    few = judged(watch, shop(60, 68))
    assert outcome(few, "complaints", "department Jackets").verdict == "not enough evidence"
    assert f"{CONFIG.min_slice_rows} are needed" in outcome(few, "complaints", "department Jackets").words


def test_no_global_random_state_is_touched_and_no_chance_is_zero(watch: Watch) -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    verdict = judged(watch, shop(300, 69, complaints=0.6, shift=4))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[union-attr]
    chances = [one.chance for one in verdict.signals if one.chance is not None]
    assert min(chances) > 0
    assert min(one.chance for one in verdict.signals if one.name == "text" and one.chance) == 1 / (1 + CONFIG.num_draws)
