"""The colours of figures: the light half of ``templates/style.css``, which has the dark one for all that is not a figure."""

from typing import Final

SENTIMENT_COLOURS: Final = {"negative": "#c8551b", "neutral": "#a3adb8", "positive": "#2f6fae"}
"""Orange against blue, which colour-blind readers tell apart; grey between them."""
VERDICT_COLOURS: Final = {"pass": "#12703a", "warn": "#8a5a00", "fail": "#b3261e", "none": "#566270"}
"""Never alone: the word stands beside it."""
SERIES: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#8a94a0")
"""Of lines and bars that are neither: those of Okabe and Ito, told apart by colour-blind readers too (``--c1`` to ``--c5``)."""
INK: Final = "#1c2430"
SOFT: Final = "#566270"
LINE: Final = "#dde2e8"
