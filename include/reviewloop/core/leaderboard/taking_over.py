"""What a person changes to train with what a leaderboard has chosen: lines of the configuration, or where the code is."""

from collections.abc import Mapping
from typing import Final

BASELINE: Final = "TF-IDF + LR"
"""The kind that ``sentiment_train`` trains as its baseline."""


def lines_to_change(kind: str, settings: Mapping[str, float | bool], weight_power: float) -> tuple[str, ...]:
    """Of ``include/config/base.yaml``; none where the training does not know the kind, or its own settings were chosen.

    ``weight_power`` is the configured one: a search raises the rows, weighed by that, to another power.
    """
    if kind != BASELINE or not settings:
        return ()
    found = {name: f"{value:.4g}" for name, value in settings.items() if name != "weight_power"}
    if "weight_power" in settings:
        found["weight_power"] = f"{weight_power * settings['weight_power']:.4g}"
    return ("training:", "  baseline:", *(f"    {name}: {value}" for name, value in found.items()))
