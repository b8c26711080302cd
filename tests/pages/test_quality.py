from reviewloop.pages.quality import quality_page


def check(note: str, severity: str, success: bool) -> dict[str, object]:
    return {"suite": "accepted", "note": note, "observed": "<1>", "allowed": "2", "severity": severity, "success": success}


def test_what_failed_comes_first_and_is_told_from_what_warns() -> None:
    checks = [check("fine", "reject", True), check("odd", "warn", False), check("wrong", "reject", False)]
    page = quality_page("2026-01-02", "fail", 9, {"text_missing": 2}, checks, {"volume": "too few days"})
    places = [page.index(word) for word in (">wrong<", ">odd<", ">volume<", ">fine<")]
    assert places == sorted(places)
    assert "of 3 expectations, 1 failed and reject the day, 1 failed and warn; 1 more could not be judged" in page
    assert "9 rows landed, 2 in quarantine: 2 text_missing" in page
    assert "&lt;1&gt;" in page
    assert "<1>" not in page


def test_a_warned_day_is_not_shown_as_failed() -> None:
    page = quality_page("2026-01-02", "warn", 9, {}, [check("odd", "warn", False)], {})
    assert 'class="unknown">warn<' in page
    assert 'class="fail"' not in page
