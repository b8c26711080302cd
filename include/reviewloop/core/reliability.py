"""Does a model that says 0.9 turn out right nine times in ten? The table behind a reliability plot, and the plot."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final, TypedDict

import numpy as np
import numpy.typing as npt

from reviewloop.core.metrics import CALIBRATION_BINS, bin_places
from reviewloop.core.proportions import wilson

_SIDE: Final = 300
_LEFT: Final = 46
_TOP: Final = 12
_COLOUR: Final = "#2f6fae"
_SOFT: Final = "#52606d"


class Bin(TypedDict):
    """The rows whose confidence (their highest probability) lies in ``(low, high]``.

    ``confidence`` is their mean confidence, ``accuracy`` the share that is right with its 95 % interval.
    """

    low: float
    high: float
    num_rows: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def reliability(labels: npt.ArrayLike, probabilities: npt.NDArray[Any], bins: int = CALIBRATION_BINS) -> list[Bin]:
    """The bins of ``core.metrics.calibration_error`` that hold rows, the least confident first."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == np.asarray(labels)
    places = bin_places(confidence, bins)
    found: list[Bin] = []
    for place in np.unique(places):
        here = places == place
        num_rows, num_right = int(here.sum()), int(right[here].sum())
        low, high = wilson(num_right, num_rows)
        found.append(
            {
                "low": float(place / bins), "high": float((place + 1) / bins), "num_rows": num_rows,
                "confidence": float(confidence[here].mean()), "accuracy": num_right / num_rows,
                "accuracy_low": low, "accuracy_high": high,
            }
        )  # fmt: skip
    return found


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Inline SVG: accuracy over confidence, a dot a bin (larger: more rows) with its interval; on the line is calibrated."""
    most = max((one["num_rows"] for one in bins), default=1)
    parts = [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="#f7f9fa"/>',
        f'<line x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}" stroke="#9aa5b1" stroke-dasharray="4 3"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [
            _text(_x(tick), _y(0) + 16, f"{tick:g}", "middle"),
            _text(_LEFT - 6, _y(tick) + 4, f"{tick:g}", "end"),
        ]
    parts += [_text(_x(0.5), _y(0) + 34, "confidence", "middle"), _text(_LEFT + 6, _TOP + 16, "share that is right", "start")]
    parts += [_dot(one, most) for one in bins]
    return (
        f'<svg viewBox="0 0 {_LEFT + _SIDE + 12} {_TOP + _SIDE + 40}" width="{_LEFT + _SIDE + 12}" role="img" '
        f'aria-label="Reliability plot" font-family="system-ui,sans-serif" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_SOFT}" font-size="12">{escape(words)}</text>'


def _dot(one: Bin, most: int) -> str:
    x, radius = _x(one["confidence"]), 2.5 + 5 * (one["num_rows"] / most) ** 0.5
    tip = (
        f"confidence {one['confidence']:.2f}: {one['accuracy']:.2f} right "
        f"({one['accuracy_low']:.2f} to {one['accuracy_high']:.2f}), {one['num_rows']:,} rows"
    )
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(one["accuracy_low"]):.1f}" y2="{_y(one["accuracy_high"]):.1f}" '
        f'stroke="{_COLOUR}"/><circle cx="{x:.1f}" cy="{_y(one["accuracy"]):.1f}" r="{radius:.1f}" fill="{_COLOUR}">'
        f"<title>{escape(tip)}</title></circle>"
    )
