"""Made-up monitored days: a shop with seasons, three champions, a month in which dresses fall apart, gaps and small days.

Of the very shape of what the monitor keeps (``tests/local/bench_pages/test_days.py``), drawn from counts: no model reads a text.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import rate

FIRST: Final = date(2025, 1, 1)
ALPHA: Final = 0.0025
"""What complaints have of the chance of a false alarm, and what all other signals have together."""
FACETS: Final[Mapping[str, Mapping[str, float]]] = {
    "department": {"Tops": 0.45, "Dresses": 0.27, "Bottoms": 0.17, "Intimate": 0.07, "Jackets": 0.04},
    "division": {"General": 0.6, "General Petite": 0.35, "Intimates": 0.05},
    "class_name": {
        "Dresses": 0.27, "Knits": 0.2, "Blouses": 0.14, "Sweaters": 0.07, "Pants": 0.06, "Jeans": 0.05, "Fine gauge": 0.05,
        "Skirts": 0.04, "Jackets": 0.03, "Lounge": 0.03, "Swim": 0.02, "Outerwear": 0.02, "Shorts": 0.01, "Sleep": 0.01,
    },
    "age_band": {"0-29": 0.1, "30-39": 0.3, "40-49": 0.27, "50-59": 0.17, "60+": 0.16},
}  # fmt: skip
SIGNALS: Final = {
    "text_length": "columns", "unknown_word_share": "columns", "title": "columns", "department": "columns", "division": "columns",
    "class_name": "columns", "age_band": "columns", "answers": "answers", "answered complaints": "answers",
    "text": "text", "domain": "text", "labels": "labels", "contradicted answers": "labels",
}  # fmt: skip
_COMPLAINTS: Final = 0.104
_BAD: Final[Mapping[str, range]] = {"Dresses": range(200, 230), "Jeans": range(345, 365)}
"""Groups that fall apart, and on which days, from the first."""
_GAPS: Final = {77, 78, 301}
_SMALL: Final = {40, 41, 160}


def verdicts(num_days: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """A verdict a monitored day, as the monitor stores it, oldest first."""
    rng = np.random.default_rng(seed)
    for number in range(num_days):
        if number not in _GAPS:
            yield _verdict(number, (FIRST + timedelta(days=number)).isoformat(), rng)


def _verdict(number: int, day: str, rng: np.random.Generator) -> dict[str, Any]:
    num_rows = 6 if number in _SMALL else int(rng.poisson(210 + 60 * math.sin(number / 58)))
    bad = next((name for name, days in _BAD.items() if number in days), "")
    is_bad = bool(bad)
    version = str(1 + (number >= 120) + (number >= 262))
    profile = _profile(num_rows, bad, rng)
    by_group = {(one["signal"], one["slice_value"]): one["value"] for one in profile}
    complaints = by_group.get(("rated.negative", None), 0.0)
    signals = list(_signals(complaints, bad, num_rows >= 10, rng))
    moved = [one for one in signals if one["verdict"] == "moved"]
    reasons = [f"{one['name']}: {one['words']}" for one in moved] or ["signals judged, none beyond what luck does"]
    live = float(np.clip(rng.normal(0.66 - 0.09 * is_bad, 0.04), 0, 1))
    return {
        "day": day, "model_version": version, "fired": bool(moved), "reasons": reasons, "findings": [], "num_rows": num_rows,
        "num_rated": round(0.9 * num_rows), "num_reference_rows": 3376, "signals": signals, "profile": profile,
        "live_macro_f1": live, "quality": _quality(live, num_rows, is_bad, rng), "smallest_change": {
            "before": _COMPLAINTS, "power": 0.9, "rated": _COMPLAINTS + 1.1 / math.sqrt(max(num_rows, 1)),
            "answered": _COMPLAINTS + 1.6 / math.sqrt(max(num_rows, 1)), "words": "the smallest rise of complaints",
        },
    }  # fmt: skip


def _quality(live: float, num_rows: int, is_bad: bool, rng: np.random.Generator) -> dict[str, Any]:
    def marks(macro_f1: float, half: float) -> list[dict[str, Any]]:
        found = {"macro_f1": macro_f1, "accuracy": min(macro_f1 + 0.17, 1.0)}
        return [
            {"name": name, "value": value, "low": max(value - half, 0.0), "high": min(value + half, 1.0)}
            for name, value in found.items()
        ]

    half = 1.0 / math.sqrt(max(num_rows, 1))
    estimated = float(rng.normal(live + 0.08 * is_bad, 0.01))
    return {
        "realised": {"marks": marks(live, half), "num_rated": round(0.9 * num_rows)},
        "estimated": {"marks": marks(estimated, half / 2)},
    }


def _profile(num_rows: int, bad: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    is_bad = bool(bad)
    found = [
        _figure("reviews_repeated", None, None, int(rng.poisson(1)), num_rows),
        _mean("text_length", float(rng.normal(61 - 6 * is_bad, 2)), 2.0, num_rows),
        _mean("unknown_word_share", float(rng.normal(0.021 + 0.01 * is_bad, 0.002)), 0.004, num_rows),
        _share("missing.title", None, None, int(rng.binomial(num_rows, 0.16)), num_rows),
    ]
    found += _group(None, None, num_rows, _COMPLAINTS * (1.7 if is_bad else 1), rng)
    for facet, groups in FACETS.items():
        found.append(_share(f"missing.{facet}", None, None, int(rng.binomial(num_rows, 0.002)), num_rows))
        counts = rng.multinomial(num_rows, list(groups.values()))
        for (name, _), rows in zip(groups.items(), counts, strict=True):
            fault = 3.0 if name == bad else 1.0
            if rows:
                found += _group(facet, name, int(rows), min(_COMPLAINTS * fault, 0.6), rng)
    return found


def _group(key: str | None, name: str | None, rows: int, complaints: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    rated = int(rng.binomial(rows, 0.9))
    found = [_figure("reviews", key, name, rows, rows), _share("labels_arrived", key, name, rated, rows)]
    mix = [complaints, 0.12, 0.88 - complaints]
    for way, total in (("rated", rated), ("answered", rows)):
        if total:
            counts = rng.multinomial(total, mix)
            found += [_share(f"{way}.{one}", key, name, int(count), total) for one, count in zip(SENTIMENTS, counts, strict=True)]
    return found


def _figure(signal: str, key: str | None, name: str | None, value: float, rows: int) -> dict[str, Any]:
    return {"signal": signal, "slice_key": key, "slice_value": name, "value": float(value), "num_rows": rows}


def _share(signal: str, key: str | None, name: str | None, count: int, rows: int) -> dict[str, Any]:
    found = rate(count, rows)
    return _figure(signal, key, name, found.value, rows) | {"lower": found.low, "upper": found.high}


def _mean(signal: str, value: float, half: float, rows: int) -> dict[str, Any]:
    return _figure(signal, None, None, value, rows) | {"lower": value - half, "upper": value + half}


def _signals(complaints: float, bad: str, is_judged: bool, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    is_bad = bool(bad)
    rarity = float(rng.uniform(0, 0.004) if is_bad else rng.uniform(0.001, 1))
    words = f"{_COMPLAINTS:.1%} before, {complaints:.1%} today"
    yield _signal("complaints", "labels", None, complaints - _COMPLAINTS, rarity, words, is_judged)
    for name, family in SIGNALS.items():
        if name == "text" and rng.random() < 0.02:
            yield _signal(name, family, None, None, None, "the day has no embeddings", is_judged=True)
            continue
        is_moved = is_bad and name in ("answered complaints", "answers", "class_name") and rng.random() < 0.4
        chance = float(rng.uniform(2e-4, ALPHA)) if is_moved else float(rng.uniform(0.004, 1))
        yield _signal(name, family, None, abs(float(rng.normal(0.05, 0.02))), chance, "a distance of the day", is_judged)
    for facet, groups in FACETS.items():
        for name in groups:
            chance = float(rng.uniform(2e-4, ALPHA)) if name == bad else float(rng.uniform(0.01, 1))
            for signal in ("complaints", "answered complaints"):
                yield _signal(signal, "slices", f"{facet} {name}", float(rng.normal()), chance, "a share of the group", is_judged)


def _signal(
    name: str, family: str, group: str | None, value: float | None, chance: float | None, words: str, is_judged: bool
) -> dict[str, Any]:
    if not is_judged:
        value = chance = None
    verdict = (
        "not enough evidence"
        if not is_judged
        else "not measured"
        if chance is None
        else "moved"
        if chance <= ALPHA
        else "as before"
    )
    return {
        "name": name, "slice": group, "family": family, "statistic": value, "chance": chance, "alpha": ALPHA, "verdict": verdict,
        "words": words, "pooled": False,
    }  # fmt: skip
