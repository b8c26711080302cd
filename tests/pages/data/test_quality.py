from reviewloop.pages.data.quality import quality_page
from reviewloop.pages.links import Links

LINKS = Links(3, day="2026-01-02", siblings={"Data Docs: accepted": "quality/2026-01-02/ab/accepted.html"})


def check(note: str, severity: str, success: bool) -> dict[str, object]:
    return {"suite": "accepted", "note": note, "observed": "<1>", "allowed": "2", "severity": severity, "success": success}


def test_what_failed_comes_first_and_is_told_from_what_warns() -> None:
    checks = [check("fine", "reject", True), check("odd", "warn", False), check("wrong", "reject", False)]
    page = quality_page("2026-01-02", "fail", 9, {"text_missing": 2}, checks, {"volume": "too few days"}, LINKS)
    places = [page.index(word) for word in (">wrong<", ">odd<", ">volume<", ">fine<")]
    assert places == sorted(places)
    assert "Of 3 expectations, 1 failed and reject the day, 1 failed and warn; 1 more could not be judged" in page
    assert "9 rows landed, 2 of them in quarantine" in page
    assert '<td>text missing</td><td class="n">2</td>' in page
    assert '<a href="../../../quality/2026-01-02/ab/accepted.html">Data Docs: accepted</a>' in page
    assert "&lt;1&gt;" in page
    assert "<1>" not in page


def test_a_warned_day_is_not_shown_as_failed() -> None:
    page = quality_page("2026-01-02", "warn", 9, {}, [check("odd", "warn", False)], {}, LINKS)
    assert '<span class="mark warn">warn</span>' in page
    assert "mark fail" not in page.partition("</style>")[2]
