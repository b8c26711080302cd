"""The bands of the gate and the range of the monitor are one configuration, which refuses to contradict itself."""

from typing import Any

import pytest

from reviewloop.config import overlay, parse_config, read_config
from reviewloop.errors import ConfigError
from reviewloop.settings import PROJECT_ROOT

DATA = read_config("local", PROJECT_ROOT / "include" / "config")


def with_quality(**changes: Any) -> Any:
    return parse_config(overlay(DATA, {"quality": changes}))


def test_what_is_shipped_lets_thirty_percent_complaints_through_and_calls_them_unusual() -> None:
    for name in ("local", "sample", "team", "aws"):
        bands = parse_config(read_config(name, PROJECT_ROOT / "include" / "config")).quality.label_shares["negative"]
        assert bands.usual.high < 0.3 < bands.possible.high


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            {"label_shares": {"negative": {"possible": {"high": 0.22}}}},
            r"quality: .*label_shares.negative: the gate refuses 99% of days of 200 reviews with 30% negative ones, and 86% of 50, "
            r"which are monitored: they never reach the monitor; widen possible \(0.02 to 0.22\) or narrow monitored",
            id="a gate that shuts out what the monitor is there to find",
        ),
        pytest.param(
            {"min_rows": 10},
            "the gate refuses 0% of days of 200 reviews with 10% negative ones, and 35% of 10, which are monitored",
            id="days so small that luck alone is refused",
        ),
        pytest.param(
            {"label_shares": {"negative": {"possible": {"high": 0.95}}, "positive": {"possible": {"low": 0.1}}}},
            "a scale that is read upside down would pass: it makes 62% positive reviews negative, where 95% are possible, "
            "and 22% negative ones positive, where 10% are; lower",
            id="bands so wide that a flipped scale is possible",
        ),
        pytest.param(
            {"label_shares": {"negative": {"usual": {"high": 0.3}, "monitored": {"low": 0.1}}}},
            r"usual 0.02 to 0.3 holds all of monitored 0.1 to 0.3: no change that the monitor is to see would be told",
            id="a change that nobody is told",
        ),
        pytest.param(
            {"label_shares": {"negative": {"usual": {"high": 0.6}}}},
            "usual 0.02 to 0.6 reaches beyond possible 0.02 to 0.5: what is refused cannot be usual",
            id="a usual day that is refused",
        ),
        pytest.param({"severities": {"unusual_labels": "reject"}}, "unusual_labels must be warn", id="an unusual day refused"),
    ],
)
def test_bands_that_contradict_each_other_are_one_clear_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        with_quality(**changes)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("config: quality")
