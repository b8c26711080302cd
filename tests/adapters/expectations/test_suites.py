from typing import Any

import pandas as pd
import pytest

from reviewloop.adapters.expectations import suites as expectations
from reviewloop.errors import PermanentError
from reviewloop.pages.links import Links

FRAME = pd.DataFrame({"age": [20, 30, 400], "title": pd.Series(["a", None, "b"], dtype="string")})


def run(*suite: Any) -> expectations.SuiteResult:
    return expectations.run_suite("s", FRAME, suite, "2026-01-02")


def test_a_failure_says_what_was_observed_and_what_is_allowed() -> None:
    import great_expectations.expectations as gxe

    result = run(
        gxe.ExpectColumnValuesToBeBetween(column="age", min_value=10, max_value=120, notes="age in years"),
        gxe.ExpectColumnValuesToNotBeNull(column="title", mostly=0.9, notes="title present"),
        gxe.ExpectColumnMeanToBeBetween(column="age", min_value=100, max_value=200, notes="mean age"),
        gxe.ExpectTableRowCountToBeBetween(min_value=5, notes="rows"),
    )
    assert [check.in_words() for check in result.failed] == [
        "age in years: 1 of 3 rows fail (33.3%), such as 400; allowed: 10 to 120",
        "title present: 1 of 3 rows fail (33.3%); allowed: at least 90.0% of rows",
        "rows: 3; allowed: at least 5",
    ]
    assert [check.success for check in result.checks] == [False, False, True, False]


def test_the_page_needs_no_network_and_hides_no_result(caplog: pytest.LogCaptureFixture) -> None:
    import great_expectations.expectations as gxe

    result = run(gxe.ExpectColumnMeanToBeBetween(column="age", min_value=100), gxe.ExpectColumnValuesToNotBeNull(column="title"))
    page = result.page(Links(3))
    assert "150" in page
    assert "Failed" in page
    assert all(dead not in page for dead in ("<script", "<link", "<img", "http://", "https://"))
    assert not caplog.records  # the renderer logs what it could not render


def test_a_cell_of_the_producer_never_becomes_markup_on_the_page() -> None:
    import great_expectations.expectations as gxe

    rows = pd.DataFrame({"title": ["<b onclick=x>bold</b>", "fine"]})
    result = expectations.run_suite("s", rows, [gxe.ExpectColumnValuesToBeInSet(column="title", value_set=["fine"])], "2026-01-02")
    page = result.page(Links(3))
    assert "bold" in page
    assert "<b onclick" not in page
    assert "<b onclick" in result.checks[0].in_words(), "the report keeps what was seen"


def test_an_expectation_that_raises_is_an_error_and_no_verdict() -> None:
    import great_expectations.expectations as gxe

    with pytest.raises(PermanentError, match=r"suite s: expect_column_mean_to_be_between nothing raised: .*does not exist"):
        run(gxe.ExpectColumnMeanToBeBetween(column="nothing", min_value=0))


def test_a_suite_that_lost_an_expectation_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx
    import great_expectations.expectations as gxe

    whole = gx.ExpectationSuite
    monkeypatch.setattr(gx, "ExpectationSuite", lambda name, expectations: whole(name, expectations=expectations[1:]))
    with pytest.raises(PermanentError, match="2 expectations are defined, 1 were evaluated"):
        run(gxe.ExpectColumnToExist(column="age"), gxe.ExpectColumnToExist(column="title"))


def test_a_warning_is_told_from_a_rejection() -> None:
    import great_expectations.expectations as gxe

    result = run(
        gxe.ExpectColumnToExist(column="absent", notes="a", severity="warning"),
        gxe.ExpectColumnToExist(column="missing", notes="b", severity="critical"),
        gxe.ExpectColumnToExist(column="gone", notes="c"),
    )
    assert [check.severity for check in result.failed] == ["warn", "reject", "reject"]
    assert [check.note for check in result.rejected] == ["b", "c"]


def test_parameters_fill_the_suite_and_a_missing_one_is_an_error() -> None:
    import great_expectations.expectations as gxe
    from great_expectations.exceptions import SuiteParameterError

    def run_with(**parameters: int) -> expectations.SuiteResult:
        suite = [gxe.ExpectTableRowCountToBeBetween(min_value={"$PARAMETER": "low"}, notes="rows")]
        return expectations.run_suite("s", FRAME, suite, "2026-01-02", parameters)

    assert run_with(low=7).failed[0].in_words() == "rows: 3; allowed: at least 7"
    with pytest.raises(SuiteParameterError, match="No value found for .PARAMETER low"):
        run_with()
