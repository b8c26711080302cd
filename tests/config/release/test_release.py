"""Who says yes, and how long it holds: a mistake is one clear line."""

import pytest

from reviewloop.config import load_config, overlay, parse_config, read_config
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


@pytest.mark.parametrize("days", [0, -1, 366, float("inf"), float("nan"), "a week", None])
def test_how_long_a_yes_holds_is_a_number_of_days(days: object) -> None:
    with pytest.raises(ConfigError, match=r"^config: release\.approval_max_age_days: Input should be [^\n]* \(found [^\n]*\)$"):
        parse_config(overlay(read_config("team", settings().config_dir), {"release": {"approval_max_age_days": days}}))


@pytest.mark.parametrize("profile", ["local", "sample", "team", "aws"])
def test_a_yes_holds_a_week_after_the_answer(profile: str) -> None:
    assert load_config(profile).release.approval_max_age_days == 7
