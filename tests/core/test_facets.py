import pandas as pd
import pytest

from reviewloop.core.facets import age_band, age_bands

EDGES = (18, 30, 31, 60)


@pytest.mark.parametrize(
    ("age", "band"), [(17, "under 18"), (18, "18-29"), (29, "18-29"), (30, "30"), (31, "31-59"), (60, "60+"), (99, "60+")]
)
def test_an_age_is_in_the_band_that_starts_at_or_below_it(age: int, band: str) -> None:
    assert age_band(age, EDGES) == band


def test_a_column_of_ages_gets_the_same_bands_on_the_same_index() -> None:
    ages = pd.Series([17, 29, 30, 99], index=[3, 1, 4, 2])
    bands = age_bands(ages, EDGES)
    assert bands.to_dict() == {index: age_band(age, EDGES) for index, age in ages.items()}


@pytest.mark.parametrize("edges", [(), (30, 20), (30, 30)])
def test_edges_must_rise(edges: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rising"):
        age_band(40, edges)
