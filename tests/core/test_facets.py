import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, with_ages

from reviewloop.core.facets import bands, facet_values
from reviewloop.errors import PermanentError

EDGES = (18, 30, 31, 60)


@pytest.mark.parametrize(
    ("age", "band"), [(17, "under 18"), (18, "18-29"), (29, "18-29"), (30, "30"), (31, "31-59"), (60, "60+"), (99, "60+")]
)
def test_an_age_is_in_the_band_that_starts_at_or_below_it(age: int, band: str) -> None:
    assert bands(pd.Series([age]), EDGES).tolist() == [band]


def test_a_column_keeps_its_index_and_its_name() -> None:
    ages = pd.Series([17, 29, 30, 99], index=[3, 1, 4, 2], name="age")
    found = bands(ages, EDGES)
    assert found.to_dict() == {3: "under 18", 1: "18-29", 4: "30", 2: "60+"}
    assert found.name == "age"


@pytest.mark.parametrize("edges", [(), (30, 20), (30, 30)])
def test_edges_must_rise(edges: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rising"):
        bands(pd.Series([40]), edges)


def test_the_facets_are_the_contract_s_in_its_order_and_numbers_become_bands() -> None:
    reviews = pd.DataFrame({"department": ["Tops", None], "division": "General", "class_name": "Knits", "age": [29, 60]})
    found = facet_values(reviews, with_ages(0, 30))
    assert list(found) == ["age_band", "division", "department", "class_name"]
    assert found["age_band"].tolist() == ["0-29", "30+"]
    assert found["department"].isna().tolist() == [False, True]


def test_reviews_of_another_contract_are_refused_by_the_column_that_they_lack() -> None:
    with pytest.raises(PermanentError, match=r"no column age, division, which the contract womens_clothing has as a facet"):
        facet_values(pd.DataFrame({"department": ["Tops"], "class_name": ["Knits"]}), CONTRACT)
