from dataclasses import replace

import pytest

from reviewloop.core.delivery.history import DeliveryHistory, volume_band

EVIDENCE = DeliveryHistory(landed_on="2026-01-05", last_counts=(), newest_day="2026-01-10", is_repeat=False)


def test_the_band_is_the_median_and_its_robust_spread() -> None:
    # by hand: median 1000, deviations 0, 0, 100, 200, 300, their median 100, spread 148.26
    assert volume_band([1000, 1000, 900, 1200, 700], width=2, min_spread_share=0.01) == (703, 1297)


def test_a_history_delivery_among_daily_ones_moves_nothing() -> None:
    assert volume_band([200, 210, 190, 205, 195], 4, 0.1) == volume_band([22_886, 210, 190, 200, 195], 4, 0.1) == (120, 280)


def test_equal_days_do_not_make_a_band_without_width() -> None:
    assert volume_band([400] * 5, 3, 0.0) == (340, 460)  # the square root of 400
    assert volume_band([400] * 5, 3, 0.2) == (160, 640)
    assert volume_band([4] * 5, 3, 0.0) == (0, 10)


def test_no_counts_make_no_band() -> None:
    with pytest.raises(ValueError, match="no earlier day"):
        volume_band([], 3, 0.1)


def test_days_ahead_and_behind() -> None:
    assert EVIDENCE.days_ahead("2026-01-04") == -1
    assert EVIDENCE.days_ahead("2026-02-05") == 31
    assert EVIDENCE.days_behind("2025-12-31") == 10
    assert EVIDENCE.days_behind("2026-01-12") == -2
    assert replace(EVIDENCE, newest_day=None).days_behind("2026-01-04") is None
    assert replace(EVIDENCE, is_repeat=True).days_behind("2026-01-04") is None
