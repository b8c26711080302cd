import pandas as pd
import pytest

from reviewloop.core.dataset.provenance import (
    LABEL_SOURCES,
    ORIGINS,
    PROVENANCE,
    as_delivered,
    is_as_delivered,
    require_judgeable,
    with_provenance,
)
from reviewloop.errors import PermanentError

ROWS = pd.DataFrame({"review_id": [7, 8, 9], "text": ["fits well", "torn at once", "so so"], "label": [2, 0, 1]})


def planted(**values: object) -> pd.DataFrame:
    """The rows, the second with other provenance."""
    rows = as_delivered(ROWS)
    for name, value in values.items():
        rows.loc[1, name] = value
    return rows


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("label_source", LABEL_SOURCES)
def test_only_natural_rows_with_a_rating_or_a_persons_label_judge(origin: str, label_source: str) -> None:
    rows = planted(origin=origin, label_source=label_source)
    if origin == "natural" and label_source in ("rating", "human"):
        require_judgeable("test", rows)
        return
    named = rf"1 of 3 rows of the test part may judge no model: review 8 \(origin {origin}, label_source {label_source}\); allowed"
    with pytest.raises(PermanentError, match=named):
        require_judgeable("test", rows)


@pytest.mark.parametrize("name", PROVENANCE)
def test_a_row_that_does_not_say_where_it_comes_from_judges_nothing(name: str) -> None:
    with pytest.raises(PermanentError, match=f"validation part has no column {name}: unsaid is not natural"):
        require_judgeable("validation", as_delivered(ROWS).drop(columns=name))
    with pytest.raises(PermanentError, match="1 of 3 rows of the validation part may judge no model: review 8"):
        require_judgeable("validation", planted(**{name: pd.NA}))


def test_at_most_three_rows_are_named() -> None:
    rows = pd.concat([as_delivered(ROWS).assign(label_source="weak")] * 3)
    with pytest.raises(PermanentError, match="9 of 9 rows") as refused:
        require_judgeable("test", rows)
    assert str(refused.value).count("label_source weak") == 3


def test_rows_from_before_there_was_provenance_are_as_delivered() -> None:
    assert is_as_delivered(with_provenance(ROWS))
    labelled = planted(label_source="human")
    assert with_provenance(labelled) is labelled
    assert not is_as_delivered(labelled)
