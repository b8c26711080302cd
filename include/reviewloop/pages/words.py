"""An explanation as HTML: the text, each word on the colour of its weight."""

from typing import Final

from markupsafe import Markup

from reviewloop.core.explain.words import Explanation

FOR: Final = "47,111,174"
"""Blue, as red, green and blue: the word speaks for the answer. Half transparent, it suits light and dark."""
AGAINST: Final = "200,85,27"
"""Orange, which colour-blind readers tell from it: the word speaks against the answer."""
_STRONGEST: Final = 0.7
_FAINTEST: Final = 0.04
"""Opacity of the strongest word, and below which no colour can be seen."""
_UNREAD: Final = Markup('<span style="opacity:.55" title="the model does not read so far">{}</span>')
_WORD: Final = Markup('<span style="background:rgba({},{:.2f});border-radius:2px" title="{:+.2f}">{}</span>')
_KEY: Final = Markup(
    '<span style="background:rgba({},.5);border-radius:2px;padding:0 .4em">speaks for the answer</span> '
    '<span style="background:rgba({},.5);border-radius:2px;padding:0 .4em">speaks against it</span> '
    '<span style="opacity:.75">the deeper, the stronger; the number is its weight in logits</span>'
)


def coloured(explanation: Explanation) -> Markup:
    """The whole text, escaped. The strongest word has the full colour; what the model did not read is faint."""
    most = max(map(abs, explanation.weights), default=0.0)
    parts, begin = [], 0
    for place, ((start, end), weight) in enumerate(zip(explanation.spans, explanation.weights, strict=True)):
        parts.append(explanation.text[begin:start])
        begin = end
        word = explanation.text[start:end]
        opacity = _STRONGEST * abs(weight) / most if most else 0.0
        if place >= explanation.num_read:
            parts.append(_UNREAD.format(word))
        elif opacity >= _FAINTEST:
            parts.append(_WORD.format(FOR if weight > 0 else AGAINST, opacity, weight, word))
        else:
            parts.append(word)
    return Markup("").join([*parts, explanation.text[begin:]])


def key() -> Markup:
    """What the colours mean, as one line of HTML."""
    return _KEY.format(FOR, AGAINST)
