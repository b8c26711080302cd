"""The bias gate's expectations in Great Expectations: they fail where the report is marked, and stand in Data Docs."""

import pandas as pd
import pytest

from reviewloop.adapters.expectations import bias
from reviewloop.config import BiasConfig, load_config, overlay, parse_config
from reviewloop.core.bias import verdicts
from reviewloop.core.bias.contrasts import LABEL
from reviewloop.core.bias.measures import MEASURES
from reviewloop.core.bias.verdicts import measure
from reviewloop.errors import PermanentError
from reviewloop.pages.links import Links

FACETS = [{"columns": ["department"], "given": "division"}, {"columns": ["division"], "given": "department"}]
BIAS: BiasConfig = parse_config(overlay(load_config("test").model_dump(), {"bias": {"facets": FACETS}})).bias


def frame(unhappy: bool) -> pd.DataFrame:
    rows = pd.DataFrame({"department": ["Tops", "Dresses"] * 200, "division": ["General", "General", "Petite", "Petite"] * 100})
    labels = [0 if unhappy and i % 2 == 0 else (0, 1, 2, 2, 2, 2, 2, 2, 2, 2)[i // 4 % 10] for i in range(400)]
    return rows.assign(**{LABEL: labels})


def test_there_is_one_expectation_per_facet_measure_and_limit() -> None:
    suite = bias.expectations(BIAS)
    assert len(suite) == len(FACETS) * len(MEASURES) * 2
    assert {item.severity.value for item in suite} == {"critical", "warning"}


def test_a_clean_day_passes_and_its_docs_say_what_was_seen() -> None:
    rows = frame(unhappy=False)
    result = bias.check(measure(rows, BIAS), BIAS, "2026-01-02")
    assert result.failed == []
    assert "department: DPL of every group must be -0.25 to 0.25 (reject limit), unless chance explains it." in " ".join(
        result.page(Links(3)).split()
    )
    assert "min_group_rows" not in result.page(Links(3))  # the words above, not the keyword arguments of a renderer that gave up


def test_a_one_sided_day_fails_at_its_facet_and_only_there() -> None:
    rows = frame(unhappy=True)
    result = bias.check(measure(rows, BIAS), BIAS, "2026-01-02")
    failed = {check.note for check in result.failed}
    assert "department: DPL within its reject limit" in failed
    assert all(note.startswith("department: ") for note in failed)
    (dpl,) = [check for check in result.failed if check.note == "department: DPL within its reject limit"]
    assert dpl.in_words().startswith("department: DPL within its reject limit: ")
    assert "DPL of negative +0.90" in dpl.observed
    assert dpl.allowed == "-0.25 to 0.25"


def test_a_suite_and_a_report_that_disagree_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = measure(frame(unhappy=True), BIAS)
    all_but_one = [item for item in bias.expectations(BIAS) if item.notes != "department: DPL within its reject limit"]
    monkeypatch.setattr(bias, "expectations", lambda _: all_but_one)
    with pytest.raises(PermanentError, match="disagree on department: DPL within its reject limit"):
        bias.check(groups, BIAS, "2026-01-02")


def test_the_suite_measures_nothing_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = measure(frame(unhappy=True), BIAS)
    resampled: list[object] = []
    monkeypatch.setattr(verdicts, "estimate", lambda *arguments: resampled.append(arguments))
    assert bias.check(groups, BIAS, "2026-01-02").failed
    assert resampled == []


def test_a_facet_without_evidence_says_so() -> None:
    rows = frame(unhappy=True).head(12)
    result = bias.check(measure(rows, BIAS), BIAS, "2026-01-02")
    assert {check.observed for check in result.checks} == {"not enough evidence in any of 2 groups"}
