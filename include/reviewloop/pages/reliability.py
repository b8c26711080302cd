"""Does a model that says 0.9 turn out right nine times in ten? The plot."""

from collections.abc import Sequence
from html import escape
from typing import Final

from reviewloop.core.evaluation.reliability import Bin

_SIDE: Final = 300
_LEFT: Final = 46
_TOP: Final = 12
_COLOUR: Final = "#2f6fae"
_SOFT: Final = "#52606d"


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
