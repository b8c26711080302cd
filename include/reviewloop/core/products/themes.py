"""What complaints are about: words of a lexicon, by theme, and words by which the champion knows a complaint."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reviewloop.core.explain.words import Span, word_spans

OTHER: Final = "other words"
"""The theme of words that the champion's explanations name, and no theme has."""


@dataclass(frozen=True)
class Theme:
    """How many of some complaints speak of it, and by which words, the commonest first."""

    name: str
    num_texts: int
    words: tuple[str, ...]


class Lexicon:
    """Themes by their words; ``telling`` are words that the champion's explanations show to speak for a complaint."""

    def __init__(self, themes: Mapping[str, Collection[str]], telling: Collection[str] = ()) -> None:
        self._patterns = {name: re.compile("|".join(map(_pattern, words))) for name, words in themes.items()}
        self._telling = frozenset(telling)

    def spoken(self, text: str) -> dict[Span, tuple[str, str]]:
        """Where the text speaks of something: the place of each word -> its theme, and the word in lower case."""
        found = {}
        for start, end in word_spans(text):
            word = text[start:end].casefold().replace("’", "'")
            theme = next((name for name, pattern in self._patterns.items() if pattern.fullmatch(word)), None)
            if theme is None and word in self._telling:
                theme = OTHER
            if theme is not None:
                found[start, end] = theme, word
        return found

    def themes(self, texts: Sequence[str], num_words: int = 4) -> tuple[Theme, ...]:
        """What the texts speak of, the commonest theme first. A text counts once for a theme, and once for a word."""
        num_texts: Counter[str] = Counter()
        words: dict[str, Counter[str]] = {}
        for text in texts:
            said = set(self.spoken(text).values())
            num_texts.update({theme for theme, _ in said})
            for theme, word in said:
                words.setdefault(theme, Counter())[word] += 1
        return tuple(
            Theme(name, num, tuple(word for word, _ in sorted(words[name].items(), key=lambda one: (-one[1], one[0]))[:num_words]))
            for name, num in sorted(num_texts.items(), key=lambda one: (one[0] == OTHER, -one[1], one[0]))
        )


def _pattern(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
