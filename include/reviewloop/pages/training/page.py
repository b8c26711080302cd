"""The report of a fine-tune as one HTML page: how it ended and what the watch saw first, then every curve. Nothing is fetched."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.figures import Figures
from reviewloop.pages.links import Links
from reviewloop.pages.training import rules
from reviewloop.pages.training.history import Training
from reviewloop.pages.training.learning import gradients, learning
from reviewloop.pages.training.machine import machine, speed
from reviewloop.pages.training.overview import overview, verdict

_PATHS: Final = ("base_model", "train", "validation", "output")
"""Keys of the job that name places on the machine it ran on."""


def training_page(training: Training, figures: Figures, meanings: rules.Meanings, links: Links | None) -> str:
    """The page. ``figures`` are those of ``pages.training.figures``; ``meanings`` says what each rule means, and its unit.

    ``links`` is ``None`` for a page that lies elsewhere than among the reports.
    """
    sections = [
        kit.section("rules", "Rules", lambda: rules.table(training, meanings)),
        *(kit.section(anchor, name, partial(render, training, figures)) for anchor, (name, render) in _SECTIONS.items()),
    ]
    return kit.page(f"Fine-tune of {training.model}", links, kit.judged(lambda: verdict(training)), overview(training), sections)


def _settings(training: Training, _: Figures) -> Markup:
    watch = training.job.get("watch") or {}
    shown: dict[str, Any] = {key: value for key, value in training.job.items() if key not in (*_PATHS, "watch")}
    if training.result and "base_model_digest" in training.result:  # of what was loaded
        shown = {"base_model_digest": training.result["base_model_digest"], **shown}
    shown |= {f"watch.{key}": value for key, value in watch.items() if key != "rules"}
    rows = [
        [Markup("<code>{}</code>").format(key), _words(value)] for key, value in [("base_model", training.model), *shown.items()]
    ]
    half = -(-len(rows) // 2)
    return kit.grid(*(kit.table(["Setting", "Value"], part, kind="digests") for part in (rows[:half], rows[half:]) if part))


def _words(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_words(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


_SECTIONS: Final[Mapping[str, tuple[str, Callable[[Training, Figures], Markup]]]] = {
    "learning": ("Learning", learning),
    "gradients": ("Gradients", gradients),
    "speed": ("Speed", speed),
    "machine": ("Machine", machine),
    "settings": ("Settings", _settings),
}
"""Anchor -> heading, and what the section shows."""
