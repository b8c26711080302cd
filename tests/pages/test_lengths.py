import numpy as np

from reviewloop.pages.lengths import draw_lengths


def test_the_drawing_is_a_png_and_the_same_for_the_same_lengths() -> None:
    lengths = np.random.default_rng(1).integers(5, 150, 500)
    drawn = draw_lengths(lengths, 128)
    assert drawn.startswith(b"\x89PNG")
    assert draw_lengths(lengths.copy(), 128) == drawn
    assert draw_lengths(lengths, 96) != drawn
