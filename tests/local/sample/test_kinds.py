"""Each planted kind of drift gets through the gates, and has moved what it is named for."""

import io
from datetime import date

import pandas as pd
import pytest
from tests.local.sample.test_faults import bias_objections, shares

from reviewloop.config import load_config
from reviewloop.core.monitoring.kinds.kinds import Kind
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.faults import FIRST_ID
from reviewloop_local.sample.kinds import PLANTS, parse_kind
from reviewloop_local.sample.reviews import COLUMNS, make_reviews
from reviewloop_local.sample.wording import sentiment

SEEDS = (1, 20260105)
USUAL = make_reviews(2000)


def delivery(kind: Kind, seed: int = 1) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(PLANTS[kind](200, seed))).rename(columns={"Unnamed: 0": ""})


@pytest.mark.parametrize("kind", PLANTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_gate_of_ingest_refuses_it(kind: Kind, seed: int) -> None:
    frame, config = delivery(kind, seed), load_config()
    assert PLANTS[kind](200, seed) == PLANTS[kind](200, seed)
    assert tuple(frame.columns) == COLUMNS
    assert (len(frame), frame[""].is_unique, frame[""].min() >= FIRST_ID) == (200, True, True)
    for name, bands in config.quality.label_shares.items():
        assert bands.possible.low <= shares(frame)[name] <= bands.possible.high
    assert frame["Title"].isna().mean() <= config.quality.max_missing_shares["title"]
    recommends, rating = frame["Recommended IND"] == 1, frame["Rating"]
    contradicts = (recommends & (rating <= 2)) | (~recommends & (rating == 5))
    assert contradicts.mean() <= config.quality.max_contradiction_share
    assert bias_objections(frame) == []


@pytest.mark.parametrize("kind", PLANTS)
def test_no_day_has_more_titles_missing_than_ingest_accepts_by_chance(kind: Kind) -> None:
    for seed in range(date(2026, 1, 5).toordinal(), date(2026, 1, 5).toordinal() + 30):
        frame = delivery(kind, seed)
        accepted = frame[frame["Review Text"].notna()]  # a row without text is in quarantine by then
        assert accepted["Title"].isna().mean() <= load_config().quality.max_missing_shares["title"], seed


def test_what_moves_is_what_it_is_named_for() -> None:
    usual = shares(USUAL)
    assert shares(delivery(Kind.PRIOR))["negative"] > 2.5 * usual["negative"]
    assert shares(delivery(Kind.CONCEPT))["negative"] > usual["negative"] + 0.1
    strict = delivery(Kind.LABEL_DEFINITION)
    assert shares(strict)["negative"] == pytest.approx(usual["negative"] + usual["neutral"], abs=0.08)
    lengths = [frame["Review Text"].dropna().str.len().mean() for frame in (USUAL, delivery(Kind.COVARIATE))]
    assert lengths[1] > 1.3 * lengths[0]
    assert delivery(Kind.POPULATION)["Age"].median() > USUAL["Age"].median() + 8
    assert delivery(Kind.QUALITY)["Title"].isna().mean() > USUAL["Title"].isna().mean() + 0.12


def test_the_concept_praises_in_the_text_what_it_rates_with_one_star() -> None:
    frame = delivery(Kind.CONCEPT)
    assert (frame["Rating"].iloc[::7] == 1).all()
    assert sentiment(1) == "negative"


@pytest.mark.parametrize("given", ["label_definition", "Label-Definition", "label definition"])
def test_a_kind_may_be_typed_in_several_ways(given: str) -> None:
    assert parse_kind(given) is Kind.LABEL_DEFINITION


@pytest.mark.parametrize(("given", "told"), [("weather", "allowed: prior, covariate, concept, label_def"), ("model", "served")])
def test_a_kind_that_no_delivery_plants_is_refused_with_what_is_allowed(given: str, told: str) -> None:
    with pytest.raises(LocalError, match=told):
        parse_kind(given)
