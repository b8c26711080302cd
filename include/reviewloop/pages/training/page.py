"""The report of a fine-tune as one HTML page: how it ended and what the watch saw first, then every curve. Nothing is fetched."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from reviewloop.pages import legacy as parts
from reviewloop.pages.training import rules
from reviewloop.pages.training.learning import gradients, learning
from reviewloop.pages.training.machine import machine, speed
from reviewloop.pages.training.overview import overview
from reviewloop.pages.training.parts import Figures
from reviewloop.pages.training.run import Training

_PATHS: Final = ("base_model", "train", "validation", "output")
"""Keys of the job that name places on the machine it ran on."""
_STYLE: Final = """
.state{font-size:1.05rem;margin:.5rem 0}.good{color:#12703a;font-weight:600}.bad{color:#b3261e;font-weight:600}
.found li.stop,.found li.error{border-color:#b3261e;background:#fdf3f2}.found .stop b,.found .error b{color:#b3261e}
.found li.warn b{color:var(--warn)}.bar.tall{height:1.1rem}pre{background:var(--back);padding:.7rem .9rem;overflow-x:auto}
pre{font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}.key .line{margin-right:1rem}
summary{cursor:pointer;color:#1257a8;margin:.4rem 0}
"""


def training_page(training: Training, figures: Figures, meanings: rules.Meanings) -> str:
    """The page. ``figures`` are those of ``pages.training.figures``; ``meanings`` says what each rule means, and its unit."""
    title = f"Fine-tune of {training.model}"
    sections = {"rules": ("Rules", rules.table(training, meanings))}
    sections |= {anchor: (name, render(training, figures)) for anchor, (name, render) in _SECTIONS.items()}
    menu = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>' for anchor, (name, _) in sections.items())
    body = "".join(f'<section id="{anchor}"><h2>{escape(name)}</h2>{html}</section>' for anchor, (name, html) in sections.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{parts.STYLE}{_STYLE}</style></head>\n"
        f'<body><div class="page"><nav aria-label="Contents"><ul><li><a href="#top">Overview</a></li>{menu}</ul></nav>'
        f'<main id="top"><h1>{escape(title)}</h1>{overview(training)}{body}</main></div></body></html>\n'
    )


def _settings(training: Training, _: Figures) -> str:
    watch = training.job.get("watch") or {}
    shown: dict[str, Any] = {key: value for key, value in training.job.items() if key not in (*_PATHS, "watch")}
    if training.result and "base_model_digest" in training.result:  # of what was loaded
        shown = {"base_model_digest": training.result["base_model_digest"], **shown}
    shown |= {f"watch.{key}": value for key, value in watch.items() if key != "rules"}
    rows = [
        [f"<code>{escape(key)}</code>", escape(_words(value))] for key, value in [("base_model", training.model), *shown.items()]
    ]
    half = -(-len(rows) // 2)
    return parts.grid(*(parts.table(["Setting", "Value"], part, (1,)) for part in (rows[:half], rows[half:]) if part))


def _words(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_words(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


_SECTIONS: Final[Mapping[str, tuple[str, Callable[[Training, Figures], str]]]] = {
    "learning": ("Learning", learning),
    "gradients": ("Gradients", gradients),
    "speed": ("Speed", speed),
    "machine": ("Machine", machine),
    "settings": ("Settings", _settings),
}
"""Anchor -> heading, and what the section shows."""
