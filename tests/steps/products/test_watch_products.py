"""The product watch on the real local lake: from partitions of Glue tables to the page, the alert, and the event."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.captured import DAY, answer, put, review
from tests.helpers.contracts import DTYPES

from reviewloop.adapters.alerts.looking import look
from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.adapters.products import reading
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion
from reviewloop.config import load_config
from reviewloop.core.alerts.book import Alert
from reviewloop.errors import NothingToDo
from reviewloop.refs import ProductsRef
from reviewloop.steps.products.announce_products import announce_products
from reviewloop.steps.products.watch_products import watch_products

pytestmark = pytest.mark.contract
HISTORY = "2025-11-01"
SOUR, SWEET = "far too small and the fabric is itchy", "lovely"


@pytest.fixture
def shop(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty products with a past of 60 reviews each, a tenth of them complaints."""
    monkeypatch.setattr(reading, "answering", lambda: None)
    monkeypatch.setattr(ledger, "read", lambda: ())
    deliver(HISTORY, dict.fromkeys(range(20), (6, 60)))
    return


def deliver(day: str, said: dict[int, tuple[int, int]], is_rated: bool = True, batch: str = "b1") -> None:
    """A curated and scored day: of each product so many complaints among so many reviews. Unrated ones have the answers alone."""
    rows = [
        {
            "product_id": product,
            "is_bad": number < complaints,
            "text": f"{SOUR if number < complaints else SWEET} {product} {number}",
        }
        for product, (complaints, reviews) in said.items()
        for number in range(reviews)
    ]
    frame = pd.DataFrame(rows)
    frame["review_id"] = np.arange(len(frame))
    frame["rating"] = np.where(frame["is_bad"], 1, 5) if is_rated else pd.NA
    frame = frame.assign(title=None, age=30, recommended=1, positive_feedback=0, division="General", department="Tops")
    frame["class_name"] = np.where(frame["product_id"] % 2, "Knits", "Blouses")
    reviews = frame[list(DTYPES)].astype({**DTYPES, "rating": "Int64"})
    answers = pd.DataFrame({"review_id": frame["review_id"], "prediction": np.where(frame["is_bad"], "negative", "positive")})
    for table, data in ((days.reviews_table(), reviews), (days.predictions_table(), answers)):
        location = s3.lake_uri("t", table.name, f"day={day}", f"batch={batch}")
        s3.write_bytes(f"{location}/rows.parquet", to_parquet(data))
        glue.register_partition(table.name, table.columns, day, batch, location, generation=int(batch[1:]))


def as_usual(**changed: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """A day of ten reviews of each product."""
    return {product: changed.get(f"p{product}", (1, 10)) for product in range(20)}


def alerts() -> list[Alert]:
    """Those that are open, once somebody has looked."""
    return [alert for alert in look().alerts.values() if alert.is_open]


def test_complaints_that_triple_become_a_page_an_alert_and_an_event(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "answering", lambda: Champion("3", "s3://m", "d", {"reviewloop.job_key": "a" * 64}))
    words = {"carriers": {"negative": [{"word": "far"}], "neutral": [], "positive": []}}
    s3.write_json(places.reports("errors", f"{'a' * 16}-1b2c", "errors.json"), words)
    deliver(DAY, as_usual(p7=(14, 30)))
    watched = watch_products(DAY)
    assert watched.alarms == ("Complaints about product 7 (Tops, Knits) rose",)
    assert announce_products([watched]) == watched
    assert ProductsRef.model_validate_json(watched.model_dump_json()) == watched
    page = s3.read_bytes(watched.page_uri).decode()
    assert "14 of 30 reviews complain, 3.0 are usual" in page
    assert "<mark>small</mark>" in page
    assert "<mark>far</mark>" in page, "a word of the champion's explanations"
    (alert,) = alerts()
    assert (alert.title, alert.page_uri, alert.asks) == (watched.alarms[0], watched.page_uri, True)
    assert alert.lines[1].startswith("they speak of fabric (14: fabric, itchy); size and fit (14: small)")


def test_a_rerun_finds_the_page_and_a_corrected_day_makes_another(shop: None) -> None:
    deliver(DAY, as_usual(p7=(14, 30)))
    watched = watch_products(DAY)
    assert watch_products(DAY) == watched
    assert len(alerts()) == 1
    deliver(DAY, as_usual(), batch="b2")
    corrected = watch_products(DAY)
    assert (corrected.alarms, corrected.page_uri == watched.page_uri) == ((), False)
    assert alerts() == [], "the alert is over"
    with pytest.raises(NothingToDo, match=f"{DAY}: complaints about 20 products are as usual"):
        announce_products([corrected])


def test_where_nobody_rates_the_champions_answers_count(shop: None) -> None:
    deliver(DAY, as_usual(p7=(14, 30)), is_rated=False)
    assert watch_products(DAY).alarms == ("Complaints about product 7 (Tops, Knits) rose",)


def test_complaints_that_came_to_the_endpoint_alone_count_and_once_delivered_not_twice(shop: None) -> None:
    deliver(DAY, as_usual())
    asked = [review(f"{SOUR} {number}") | {"product": "7"} for number in range(14)]
    nameless = review("whose is this")
    delivered = review("was delivered", review_id=1, day=DAY) | {"product": "7"}
    put(*(answer(f"r{number}", one, said="negative") for number, one in enumerate([*asked, *asked[:2], nameless, delivered])))
    collect(DAY)
    watched = watch_products(DAY)
    assert watched.alarms == ("Complaints about product 7 (Tops, Knits) rose",)
    found = s3.read_json(watched.report_uri)
    (product,) = [one for one in found["ranking"] if one["alarms"]]
    of_answers = {one["measure"]: (one["complaints"], one["reviews"]) for one in product["measured"]}
    assert of_answers == {"rated": (1, 10), "answered": (14, 14)}
    assert found["num_unnamed"] == 1
    assert SOUR in {quote["text"][: len(SOUR)] for one in found["about"] for quote in one["quotes"]}


def test_a_shop_without_products_before_a_champion_or_in_a_silent_week_is_told_so(
    lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "answering", lambda: None)
    with pytest.raises(NothingToDo, match="no day was looked at"):
        announce_products([])
    with pytest.raises(NothingToDo, match=f"{DAY}: no day up to this one was scored yet"):
        watch_products(DAY)
    deliver(HISTORY, as_usual())
    with pytest.raises(NothingToDo, match=f"{DAY}: nobody said anything about a product since 2025-12-27"):
        watch_products(DAY)
    nameless = load_config().model_copy(update={"products": load_config().products.model_copy(update={"levels": ()})})
    monkeypatch.setattr("reviewloop.steps.products.watch_products.load_config", lambda: nameless)
    with pytest.raises(NothingToDo, match=r"products.levels: the dataset womens_clothing names no column of a product"):
        watch_products(DAY)


def test_what_cannot_be_judged_is_no_reason_to_call_an_alert_over(shop: None) -> None:
    deliver(DAY, as_usual(p7=(14, 30)))
    watch_products(DAY)
    glue.drop_partitions("reviews", HISTORY)
    deliver("2026-01-03", as_usual())
    watched = watch_products("2026-01-03")
    assert (watched.judged, watched.alarms) == (False, ())
    with pytest.raises(NothingToDo, match="nothing could be judged: see the page"):
        announce_products([watched])
    assert len(alerts()) == 1


def test_another_shop_has_other_levels(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = ("division", "class_name")
    config = load_config().model_copy(update={"products": load_config().products.model_copy(update={"levels": levels})})
    monkeypatch.setattr("reviewloop.steps.products.watch_products.load_config", lambda: config)
    deliver(DAY, as_usual() | dict.fromkeys(range(1, 20, 2), (4, 10)))
    watched = watch_products(DAY)
    assert watched.alarms == ("Complaints about class Knits (General) rose",)
    assert watched.num_judged == 2
