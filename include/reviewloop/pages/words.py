"""An explanation as HTML: the text, each word on the colour of its weight."""

from html import escape
from typing import Final

from reviewloop.core.explain.words import Explanation

FOR: Final = "47,111,174"
"""Blue, as red, green and blue: the word speaks for the answer."""
AGAINST: Final = "200,85,27"
"""Orange, which colour-blind readers tell from it: the word speaks against the answer."""
_STRONGEST: Final = 0.7
_FAINTEST: Final = 0.04
"""Opacity of the strongest word, and below which no colour can be seen."""


def coloured(explanation: Explanation) -> str:
    """The whole text, escaped. The strongest word has the full colour; what the model did not read is grey."""
    most = max(map(abs, explanation.weights), default=0.0)
    parts, begin = [], 0
    for place, ((start, end), weight) in enumerate(zip(explanation.spans, explanation.weights, strict=True)):
        parts.append(escape(explanation.text[begin:start]))
        begin = end
        word = escape(explanation.text[start:end])
        opacity = _STRONGEST * abs(weight) / most if most else 0.0
        if place >= explanation.num_read:
            parts.append(f'<span style="color:#9aa5b1" title="the model does not read so far">{word}</span>')
        elif opacity >= _FAINTEST:
            style = f"background:rgba({FOR if weight > 0 else AGAINST},{opacity:.2f});border-radius:2px"
            parts.append(f'<span style="{style}" title="{weight:+.2f}">{word}</span>')
        else:
            parts.append(word)
    return "".join([*parts, escape(explanation.text[begin:])])


def key() -> str:
    """What the colours mean, as one line of HTML."""
    sample = '<span style="background:rgba({},.5);border-radius:2px;padding:0 .4em">{}</span>'
    return (
        f"{sample.format(FOR, 'speaks for the answer')} {sample.format(AGAINST, 'speaks against it')} "
        '<span style="color:#566270">the deeper, the stronger; the number is its weight in logits</span>'
    )
