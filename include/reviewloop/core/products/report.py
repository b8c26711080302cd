"""One look in numbers and words, as the page and the alerts tell it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from reviewloop.config import ProductsConfig
from reviewloop.core.products.counting import Look, num_reviews
from reviewloop.core.products.standings import standings
from reviewloop.core.products.state import Alarm
from reviewloop.core.products.themes import Lexicon
from reviewloop.core.products.tree import Path
from reviewloop.core.products.watch import RATED, Finding, Watched

_THEMES_TOLD = 3
"""Of an alarm, in its alert."""


def report(
    look: Look,
    watched: Watched,
    complaints: pd.DataFrame,
    telling: Collection[str],
    config: ProductsConfig,
    labels: Mapping[str, str],
    day: str,
) -> dict[str, Any]:
    """For JSON. ``complaints`` are those of the look's days; ``telling``: see ``themes.Lexicon``; ``labels`` name the levels."""
    lexicon = Lexicon(config.themes, telling)
    paths = {path[-1]: path for path in look.tree.paths[-1]}
    said = [(paths.get(str(one.product), (str(one.product),)), _quote(one, lexicon)) for one in complaints.itertuples()]

    def about(path: Path) -> dict[str, Any]:
        own = [quote for of, quote in said if of[: len(path)] == path]
        return {
            "themes": [asdict(theme) for theme in lexicon.themes([quote["text"] for quote in own])], "num_texts": len(own),
            "quotes": own[: config.num_quoted],
            "by_day": look.by_day.get(path[-1], {}) if path in look.tree.paths[-1] else {},
        }  # fmt: skip

    top = watched.ranking[: config.num_top]
    shown = [*top, *(one for one in watched.alarms if one not in top)]
    found = watched.as_json()
    found["ranking"] = [told for told, one in zip(found["ranking"], watched.ranking, strict=True) if one in shown]
    least = standings(look.tree, look.counts[RATED], config.num_top) if RATED in watched.measures else ()
    return found | {
        "standings": [asdict(one) for one in least],
        "day": day, "days": list(look.days), "levels": list(look.tree.levels), "labels": dict(labels),
        "num_unnamed": look.num_unnamed, "num_reviews": num_reviews(look),
        "num_complaints": int(sum(one.complaints.sum() for one in look.counts.values())),
        "themes": [asdict(theme) for theme in lexicon.themes([quote["text"] for _, quote in said])], "num_texts": len(said),
        "about": [{"path": list(one.path), "level": one.level, **about(one.path)} for one in shown],
        "limits": {name: getattr(config, name) for name in ("false_discovery_rate", "window_days", "min_reviews", "min_before")},
    }  # fmt: skip


def _quote(row: Any, lexicon: Lexicon) -> dict[str, Any]:
    text = f"{row.title}: {row.text}" if isinstance(row.title, str) else str(row.text)
    spans = [list(span) for span in sorted(lexicon.spoken(text))]
    return {"day": row.day, "review": row.review, "text": text, "spans": spans}


def name_of(path: Sequence[str], level: str, labels: Mapping[str, str]) -> str:
    """A unit in words: ``product 1078 (Tops, Knits)``."""
    groups = f" ({', '.join(path[:-1])})" if len(path) > 1 else ""
    return f"{labels.get(level, level).lower()} {path[-1]}{groups}"


def alarms_of(watched: Watched, found: Mapping[str, Any], page_uri: str) -> list[Alarm]:
    """What the look alarms of, each as people are told."""
    about = {tuple(one["path"]): one for one in found["about"]}
    return [
        Alarm(
            level=one.level, path=one.path, since=found["day"], page_uri=page_uri,
            title=f"Complaints about {name_of(one.path, one.level, found['labels'])} rose",
            lines=_lines(one, about[one.path], found),
        )
        for one in watched.alarms
    ]  # fmt: skip


def _lines(one: Finding, about: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    days = found["limits"]["window_days"]
    counted = f"{one.complaints} of {one.reviews} reviews complain, {one.expected:.1f} are usual: {days} days up to {found['day']}"
    themes = [f"{theme['name']} ({theme['num_texts']}: {', '.join(theme['words'])})" for theme in about["themes"][:_THEMES_TOLD]]
    return (counted, *([f"they speak of {'; '.join(themes)}"] if themes else []), "the page has the reviews")
