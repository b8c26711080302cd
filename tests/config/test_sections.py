"""What every section is made of."""

import pytest

from reviewloop.config import load_config, parse_config
from reviewloop.errors import ConfigError


@pytest.mark.parametrize(
    ("place", "forgotten"),
    [
        (("quality", "severities"), "late"),
        (("quality", "label_shares"), "neutral"),
        (("bias", "limits"), "KS"),
        (("bias_after", "limits"), "DI"),
        (("training", "transformer", "watch", "rules"), "stalled_loader"),
    ],
)
def test_a_list_that_must_be_whole_names_what_it_lacks(place: tuple[str, ...], forgotten: str) -> None:
    data = load_config("test").model_dump(mode="json")
    section = data
    for key in place:
        section = section[key]
    del section[forgotten]
    with pytest.raises(ConfigError, match=rf"{'.'.join(place)}: Value error, {forgotten} missing; every one of .*{forgotten}"):
        parse_config(data)
