"""The suites that config defines, and what is asked when the evidence is thin."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, DTYPES

from reviewloop.adapters.expectations import reviews
from reviewloop.config import Family, load_config, overlay, parse_config
from reviewloop.core.delivery.history import DeliveryHistory
from reviewloop.errors import ConfigError
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY

QUALITY = load_config("test").quality
DAY = "2026-03-14"
EVIDENCE = DeliveryHistory(landed_on="2026-03-15", last_counts=(200,) * 6, newest_day="2026-03-13", is_repeat=False)


def suites(evidence: DeliveryHistory = EVIDENCE) -> list[Any]:
    return [
        *reviews.schema_expectations(QUALITY, CONTRACT, DTYPES),
        *reviews.accepted_expectations(QUALITY, CONTRACT),
        *reviews.landed_expectations(QUALITY, evidence),
        *reviews.delivery_expectations(QUALITY, evidence, DAY),
    ]


def notes(evidence: DeliveryHistory = EVIDENCE) -> set[str]:
    return {item.notes for item in suites(evidence)}


def test_every_threshold_in_config_is_an_expectation() -> None:
    assert {f"{of}share of {name} reviews" for name in QUALITY.label_shares for of in ("", "usual ")} <= notes()
    assert {f"{field} present" for field in [*QUALITY.max_missing_shares, "text", "rating", "age", "review_id"]} <= notes()
    assert {f"type of {field}" for field in DTYPES} <= notes()
    assert {f"known {field}" for field in ("division", "department", "class_name")} <= notes()
    assert {f"commonest {field}" for field in QUALITY.max_top_shares} <= notes()


def test_every_expectation_is_measured_on_a_corruption_that_it_must_catch() -> None:
    caught = {corruption.caught_by for corruption in (*OF_DELIVERY, *OF_BATCH)}
    unmeasured = {(one.meta["family"], one.notes) for one in suites() if one.notes not in caught}
    # What the parser makes sure of for every column is planted in one of them.
    assert [one for one in sorted(unmeasured) if one[0] not in ("type", "missing", "range")] == []
    assert {family for family, _ in unmeasured} <= {one.meta["family"] for one in suites() if one.notes in caught}


@pytest.mark.parametrize("family", ["late", "volume", "labels"])
def test_the_severity_is_what_config_says(family: Family) -> None:
    for severity, word in (("warn", "warning"), ("reject", "critical")):
        quality = QUALITY.model_copy(update={"severities": {**QUALITY.severities, family: severity}})
        suites = [
            *reviews.accepted_expectations(quality, CONTRACT),
            *reviews.landed_expectations(quality, EVIDENCE),
            *reviews.delivery_expectations(quality, EVIDENCE, DAY),
        ]
        assert {item.severity.value for item in suites if item.meta["family"] == family} == {word}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"severities": {"schema": "warn"}}, "severities of schema must be reject"),
        ({"severities": {"late": "ignore"}}, "quality.severities.late: Input should be 'warn' or 'reject'"),
        ({"severities": {"latr": "warn"}}, "quality.severities.latr"),
        ({"volume": {"min_days": 40}}, "min_days is 40, in a window of 28 days: it never judges"),
    ],
)
def test_a_config_that_could_not_judge_is_refused(changes: dict[str, object], error: str) -> None:
    whole = load_config("test").model_dump(mode="json")
    with pytest.raises(ConfigError, match=error):
        parse_config(overlay(whole, {"quality": changes}))


def test_thin_evidence_is_said_and_not_judged() -> None:
    thin = replace(EVIDENCE, last_counts=(200,) * 4, newest_day=None)
    assert reviews.not_judged(QUALITY, thin, DAY) == {
        "rows against the last days": "not enough evidence: 4 earlier days are curated, 5 are needed",
        "days behind the newest day": "no other day is curated yet",
    }
    assert notes() - notes(thin) == {"rows against the last days", "days behind the newest day"}
    assert reviews.not_judged(QUALITY, EVIDENCE, DAY) == {}


def test_a_repeated_day_is_never_late() -> None:
    again = replace(EVIDENCE, newest_day="2026-06-01", is_repeat=True)
    assert reviews.not_judged(QUALITY, again, DAY) == {
        "days behind the newest day": "the day was curated before: a correction or a rerun"
    }


def test_the_view_adds_label_shares() -> None:
    view = reviews.accepted_view(pd.DataFrame({"rating": [1, 2, 3, 4, 5]}))
    assert view[["is_negative", "is_neutral", "is_positive"]].mean().tolist() == [0.4, 0.2, 0.4]
