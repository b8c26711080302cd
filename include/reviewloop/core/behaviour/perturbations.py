"""Changes of a review's text that leave its meaning alone, or that put another person in the place of one.

Each gives the changed text, or ``None`` where there is nothing to change.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

Change = Literal["typos", "lower_case", "no_punctuation"]

NUM_TYPOS: Final = 2
_LONG_WORD: Final = re.compile(r"[^\W\d_]{5,}")
_PUNCTUATION: Final = re.compile(r"[.,;:](?!\d)")


def with_sentence(text: str, sentence: str) -> str:
    """The review with a sentence more at its end."""
    return f"{text} {sentence}" if text[-1:] in ("", ".", "!", "?") else f"{text}. {sentence}"


def swap_words(text: str, groups: Sequence[Sequence[str]], rng: random.Random) -> str | None:
    """Each word that belongs to a group becomes another of that group; different words stay different."""
    turned: dict[str, str] = {}
    for group in groups:
        shift = rng.randrange(1, len(group))
        turned |= {word.casefold(): group[(place + shift) % len(group)] for place, word in enumerate(group)}
    return _replaced(text, turned)


def both_sides(text: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The text as it speaks of the pairs' first words and as it speaks of their second.

    ``None`` when it holds words of neither, or of both: then it is not clear what the other side of it would be.
    """
    forth = _replaced(text, {first.casefold(): second for first, second in pairs})
    back = _replaced(text, {second.casefold(): first for first, second in pairs})
    if forth and not back:
        return text, forth
    if back and not forth:
        return back, text
    return None


def _replaced(text: str, words: Mapping[str, str]) -> str | None:
    if not words:
        return None
    changed = _pattern(tuple(words)).sub(lambda found: _written_like(found[0], words[found[0].casefold()]), text)
    return changed if changed != text else None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole: not ``white`` in ``off-white``, not ``size 4`` in ``size 4.5``. The longest counts."""
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w'’-])(?:{longest_first})(?![-'’.]?\w)", re.IGNORECASE)


def _written_like(found: str, word: str) -> str:
    if len(found) > 1 and found.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if found[0].isupper() else word


def typos(text: str, rng: random.Random) -> str | None:
    """Two neighbouring letters exchanged in ``NUM_TYPOS`` words of at least five letters; the first and last letter stay."""
    words = [(word, _exchangeable(word[0])) for word in _LONG_WORD.finditer(text)]
    words = [(word, places) for word, places in words if places]
    letters = list(text)
    for word, places in rng.sample(words, min(NUM_TYPOS, len(words))):
        place = word.start() + rng.choice(places)
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters) if words else None


def _exchangeable(word: str) -> list[int]:
    return [place for place in range(1, len(word) - 2) if word[place] != word[place + 1]]


def lower_case(text: str, _rng: random.Random) -> str | None:
    """No capital letters."""
    return text.lower() if text.lower() != text else None


def no_punctuation(text: str, _rng: random.Random) -> str | None:
    """No full stops, commas, semicolons and colons, except inside numbers."""
    bare = " ".join(_PUNCTUATION.sub(" ", text).split())
    return bare if bare and bare != text else None


CHANGES: Final[Mapping[Change, Callable[[str, random.Random], str | None]]] = {
    "typos": typos,
    "lower_case": lower_case,
    "no_punctuation": no_punctuation,
}
