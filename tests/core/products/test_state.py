"""What alarms now: the newest day decides, and people are told once."""

from reviewloop.core.products.state import Alarm, ProductState, after, alerts


def alarm(product: str, since: str = "2026-01-02", line: str = "9 of 30") -> Alarm:
    return Alarm(
        level="product_id",
        path=("Tops", product),
        since=since,
        title=f"about {product}",
        lines=(line,),
        page_uri=f"page of {since}",
    )


FIRST = after(ProductState(), "2026-01-02", [alarm("7")], "page of 2026-01-02")


def test_an_alarm_that_goes_on_keeps_its_words_and_leads_to_the_newest_page() -> None:
    second = after(FIRST, "2026-01-03", [alarm("7", "2026-01-03", "12 of 35"), alarm("9", "2026-01-03")], "page of 2026-01-03")
    told = {one.key: one for one in alerts(second, most=5)}
    assert told["product/product_id/Tops/7"].lines == ("9 of 30",)
    assert told["product/product_id/Tops/7"].page_uri == "page of 2026-01-03"
    assert all(one.asks for one in told.values())
    assert len(told) == 2


def test_a_calm_day_ends_it_and_an_older_day_changes_nothing() -> None:
    assert list(alerts(after(FIRST, "2026-01-03", [], "p"), most=5)) == []
    assert after(FIRST, "2026-01-01", [], "p") == FIRST


def test_a_day_that_is_corrected_says_its_new_words() -> None:
    again = after(FIRST, "2026-01-02", [alarm("7", line="10 of 31")], "page of 2026-01-02")
    assert next(alerts(again, most=5)).lines == ("10 of 31",)


def test_forty_alarms_are_one_message() -> None:
    many = after(ProductState(), "2026-01-02", [alarm(str(number)) for number in range(40)], "the page")
    (one,) = alerts(many, most=10)
    assert (one.title, one.key, one.page_uri) == (
        "Complaints rose about 40 products and groups at once",
        "product/many",
        "the page",
    )
    assert len(one.lines) == 40
