"""A queue as a form in Airflow: a field a text, whose help is the text itself.

Labels are blind: nothing says what the rating or a model thinks of the text. The help of a field is plain text to Airflow's page.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from reviewloop.core.annotation.items import LABELS
from reviewloop.errors import Refused
from reviewloop.pages.markdown import bullets, text

_MOST_TITLE: Final = 100
"""Characters."""


class Worded(Protocol):
    """A text that is asked, with its words."""

    @property
    def item(self) -> Any:
        """Which one: ``core.annotation.items.Item``."""

    @property
    def title(self) -> str:
        """May be empty."""

    @property
    def text(self) -> str:
        """The review."""


def subject(num_texts: int) -> str:
    """In one line."""
    return f"Which sentiment do these {num_texts} texts have?"


def body(guideline: Mapping[str, Any], page: str) -> str:
    """Markdown: the guideline, and how to answer. ``page`` is the address of the queue's page."""
    told = (
        "Choose a label for each text that you have read; leave the others empty, they are asked again. "
        f"[The queue's page]({page}) says why each was chosen: read that afterwards."
    )
    return f"{told}\n\n{bullets(map(text, guideline['rules']))}\n\nGuideline {text(guideline['name'])}, kept with your answer."


def fields(shown: Sequence[Worded]) -> dict[str, dict[str, Any]]:
    """By the item's id, what Airflow makes a drop-down of. A field that may be null leaves the buttons alive while it is empty."""
    return {
        one.item.item: {
            "type": ["null", "string"], "enum": [*LABELS, None],
            "title": f"{number}. {one.title[:_MOST_TITLE]}".strip(), "description": one.text,
        }
        for number, one in enumerate(shown, start=1)
    }  # fmt: skip


def labels(items: Sequence[str], given: Mapping[str, Any]) -> dict[str, str]:
    """What the form says, by item. Raises ``Refused`` for a field that it does not have: the API lets anything through."""
    if strange := sorted(set(given) - set(items)):
        raise Refused(f"the answer names {strange[0]!r}, which this queue does not ask: clear the task to ask again")
    return {item: str(label) for item, label in given.items() if label is not None}
