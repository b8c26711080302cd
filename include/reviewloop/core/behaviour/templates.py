"""Sentences with slots: ``The {garment} is not {praise}.`` A slot names a list of words; the same slot is the same word."""

import math
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")

Lists = Mapping[str, Sequence[str]]


def slots(*templates: str) -> tuple[str, ...]:
    """The slots of the templates, each once, in order."""
    return tuple(dict.fromkeys(name for template in templates for name in _SLOT.findall(template)))


def stray_brace(template: str) -> bool:
    """Whether a brace is left that belongs to no slot."""
    return bool(re.search(r"[{}]", _SLOT.sub("", template)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its slots filled; its first letter is a capital."""
    text = _SLOT.sub(lambda slot: values[slot[1]], template)
    return text[0].upper() + text[1:]


def draw(names: Iterable[str], lists: Lists, rng: random.Random) -> dict[str, str]:
    """One word for each slot."""
    return {name: rng.choice(lists[name]) for name in names}


def fillings(template: str, lists: Lists, most: int, rng: random.Random) -> list[str]:
    """Up to ``most`` different fillings, drawn from all there are."""
    names = slots(template)
    found = []
    every = math.prod(len(lists[name]) for name in names)
    for place in rng.sample(range(every), min(most, every)):
        values = {}
        for name in names:
            place, pick = divmod(place, len(lists[name]))
            values[name] = lists[name][pick]
        found.append(fill(template, values))
    return list(dict.fromkeys(found))


def two_versions(template: str, lists: Lists, rng: random.Random) -> tuple[str, str]:
    """The template filled twice, with different words in every slot. Raises ``ValueError`` for a list of a single word."""
    pairs = {name: rng.sample(list(dict.fromkeys(lists[name])), 2) for name in slots(template)}
    first, second = ({name: pair[place] for name, pair in pairs.items()} for place in (0, 1))
    return fill(template, first), fill(template, second)
