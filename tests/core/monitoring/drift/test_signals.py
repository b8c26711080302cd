"""Each statistic against its textbook, on two samples."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp
from tests.helpers.monitored import CONFIG, reference_of, shop

from reviewloop.core.monitoring.drift.embedding_maps import FourierMap
from reviewloop.core.monitoring.drift.feature_parts import MAX_CATEGORIES, RARER, UNSEEN, categories, names_of, places_of
from reviewloop.core.monitoring.drift.reference import Reference
from reviewloop.core.monitoring.drift.signals import NEVER, Signal, statistic


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(800)


def value(reference: Reference, day: object, name: str, slice_: str | None = None) -> float:
    signal = next(one for one in reference.map.signals if (one.name, one.slice) == (name, slice_))
    now, then = reference.map.features(day).means(), reference.features.means()  # type: ignore[arg-type]
    return float(statistic(signal, now, then, CONFIG.min_slice_rows)[0])


def test_a_number_is_compared_by_kolmogorov_and_smirnov_on_a_grid(reference: Reference) -> None:
    day = shop(300, 3).sample()
    exact = ks_2samp(day.columns["text_length"], reference.rows.columns["text_length"]).statistic
    assert 0.6 * exact <= np.sqrt(value(reference, day, "text_length")) <= exact + 1e-6


def test_a_facet_is_compared_by_pearsons_chi_square(reference: Reference) -> None:
    day = shop(300, 3).sample()
    tables = [rows.columns["department"].value_counts().sort_index().to_numpy() for rows in (day, reference.rows)]
    chi_square = chi2_contingency(np.stack(tables), correction=False).statistic
    found = value(reference, day, "department")
    assert found * 300 * 800 / 1100 == pytest.approx(chi_square, rel=1e-5)


def test_a_share_is_compared_by_its_z(reference: Reference) -> None:
    day = shop(300, 3).sample()
    counts = []
    for rows in (day, reference.rows):
        of = rows.labels[(rows.columns["department"] == "Tops").to_numpy()]
        counts.append([(of == 0).sum(), (of != 0).sum()])
    expected = chi2_contingency(np.array(counts), correction=False).statistic
    assert value(reference, day, "complaints", "department Tops") == pytest.approx(expected, rel=1e-4)


def test_a_slice_of_too_few_rows_has_no_statistic(reference: Reference) -> None:
    assert value(reference, shop(40, 3).sample(), "complaints", "department Jackets") == NEVER


def test_random_features_estimate_the_kernel_with_the_median_distance_as_its_width() -> None:
    rows = np.random.default_rng(1).standard_normal((400, 5))
    found = FourierMap.fit(rows, 3)
    features = found(rows)
    squares = ((rows[:, np.newaxis] - rows) ** 2).sum(axis=2)
    width = np.median(np.sqrt(squares[np.triu_indices(400, 1)]))
    kernel = np.exp(-squares / (2 * width**2))
    assert np.abs(features @ features.T - kernel).mean() < 0.08
    assert (FourierMap.fit(rows, 3).frequencies == found.frequencies).all()


def test_the_answers_are_compared_class_by_class_and_the_worst_counts(reference: Reference) -> None:
    day = shop(300, 3, complaints=0.4).sample()
    exact = max(ks_2samp(day.answers[:, place], reference.rows.answers[:, place]).statistic for place in range(3))
    assert np.sqrt(value(reference, day, "answers")) == pytest.approx(exact, abs=0.05)


def test_rare_values_share_a_category_and_unseen_ones_have_their_own() -> None:
    import pandas as pd

    values = pd.Series([f"v{number:03}" for number in range(MAX_CATEGORIES + 5) for _ in range(200 - number)])
    known = categories(values)
    names = names_of(known)
    assert names[-3:] == [RARER, "(missing)", UNSEEN]
    assert len(names) == MAX_CATEGORIES + 3
    shown = [names[place] for place in places_of(known, pd.Series(["v000", "v054", "new", "(missing)"]))]
    assert shown == ["v000", RARER, UNSEEN, "(missing)"]


def test_every_signal_has_a_key_and_columns_of_its_own(reference: Reference) -> None:
    signals = reference.map.signals
    assert len({one.key for one in signals}) == len(signals)
    assert sum(one.weight for one in signals if one.family == "slices" and one.block == "rated") == pytest.approx(1)
    for block in ("plain", "rated", "halved"):
        ends = [(one.start, one.stop) for one in signals if one.block == block]
        assert all(stop == start for (_, stop), (start, _) in pairwise(ends))
    assert isinstance(signals[0], Signal)
