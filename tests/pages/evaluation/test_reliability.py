"""The reliability plot and its numbers."""

import numpy as np

from reviewloop.core.evaluation.reliability import reliability as binned
from reviewloop.pages.evaluation.reliability import reliability, reliability_plot

RNG = np.random.default_rng(1)
BINS = binned(RNG.integers(0, 3, 500), RNG.dirichlet([0.5, 0.5, 2.0], 500))


def test_the_same_bins_give_the_same_plot_and_others_another() -> None:
    assert reliability_plot(BINS) == reliability_plot(BINS)
    assert reliability_plot(BINS) != reliability_plot(BINS[:-1])
    assert b"<svg" in reliability_plot([])


def test_every_number_stands_beside_the_plot() -> None:
    shown = reliability(BINS)
    for one in BINS:
        assert f">{one['confidence']:.2f}</td>" in shown
        assert f"{one['accuracy_low']:.2f} to {one['accuracy_high']:.2f}" in shown
        assert f">{one['num_rows']:,}</td>" in shown
