"""How a sample review is worded: clauses, sentences, a verdict, and the mess that people type."""

import random
from collections.abc import Mapping
from typing import Final, TypeVar

from reviewloop_local.sample import vocabulary as words

T = TypeVar("T")

# Rating -> (share of plain clauses that praise, share of sentences that weigh two clauses against each other).
MOODS: Final = {5: (0.86, 0.45), 4: (0.68, 0.75), 3: (0.5, 0.75), 2: (0.32, 0.75), 1: (0.14, 0.45)}

# Rating -> share of those sentences that leave it open which side weighs more.
UNDECIDED: Final = {5: 0.03, 4: 0.12, 3: 0.6, 2: 0.12, 1: 0.03}

ODD_MOOD: Final = 0.03
"""Share of texts that are written in the mood of another rating: label noise that no model can undo."""


def draw(rng: random.Random, shares: Mapping[T, float]) -> T:
    """One key, with a chance proportional to its share."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def sentiment(rating: int) -> str:
    """The sentiment of a rating from 1 to 5."""
    return "negative" if rating <= 2 else "neutral" if rating == 3 else "positive"


def title(rng: random.Random, rating: int, garment: str) -> str:
    """A title; two in five carry the mood, the rest only name the thing."""
    phrases = words.TITLES[sentiment(rating)] if rng.random() < 0.4 else words.PLAIN_TITLES
    return messy(rng, rng.choice(phrases).replace("{g}", garment))


def text(rng: random.Random, rating: int, garment: str) -> str:
    """A review of about 10 to 100 words."""
    if rng.random() < ODD_MOOD:
        rating = rng.choice([other for other in MOODS if other != rating])
    praise, weighing = MOODS[rating]
    sentences = []
    aspects = rng.sample(words.ASPECTS, k=rng.choice((2, 3, 3, 4, 4, 5, 6)))
    while aspects:
        if len(aspects) > 1 and rng.random() < weighing:
            sentences.append(_weighed(rng, rating, aspects.pop(), aspects.pop()))
        else:
            sentences.append(clause(rng, aspects.pop(), good=rng.random() < praise))
    for _ in range(rng.choice((0, 1, 1, 2))):
        sentences.insert(rng.randrange(len(sentences) + 1), _filler(rng, garment))
    if rng.random() < 0.6:
        sentences.insert(rng.choice((0, len(sentences), len(sentences))), rng.choice(words.VERDICTS[sentiment(rating)]))
    return messy(rng, _joined(rng, sentences))


def clause(rng: random.Random, aspect: words.Aspect, good: bool) -> str:
    """One statement about one aspect: straight, or as the denial of its opposite."""
    turned = rng.random() < 0.5
    frame = rng.choice(words.TURNED if turned else words.PLAIN)
    return frame.format(s=rng.choice(aspect.subjects), x=rng.choice(aspect.good if good != turned else aspect.bad))


def _weighed(rng: random.Random, rating: int, first: words.Aspect, second: words.Aspect) -> str:
    """Two clauses of opposite polarity. The mood decides which one counts; around rating 3 it may stay open."""
    good = rng.random() < 0.5 if rating == 3 else rating > 3
    frames = words.BALANCED if rng.random() < UNDECIDED[rating] else words.CONTRASTS
    return rng.choice(frames).format(a=clause(rng, first, good=not good), b=clause(rng, second, good=good))


def _filler(rng: random.Random, garment: str) -> str:
    return rng.choice(words.FILLERS).format(
        g=garment, f=rng.choice((5, 5, 5, 4)), i=rng.randrange(12), z=rng.choice(words.SIZES), m=rng.choice(words.MONTHS),
        w=rng.choice(words.WEEKDAYS), k=rng.choice(words.KNEES), lb=rng.randrange(95, 230), y=rng.randrange(19, 80),
    )  # fmt: skip


def _joined(rng: random.Random, sentences: list[str]) -> str:
    """Sentences with the punctuation, capitals and line breaks that people use or leave out."""
    stop = rng.choice((". ", ". ", ". ", "! ", ".  ", "... ", " - "))
    body = stop.join(sentences) + rng.choice((".", ".", "!", "", " :)"))
    if rng.random() < 0.2:
        body = f"{rng.choice(words.OPENERS)} {body}"
    if rng.random() < 0.3:
        body = body[0].upper() + body[1:]
    if rng.random() < 0.25:
        body = _mistyped(rng, body)
    if rng.random() < 0.05:
        body = body.replace(stop, rng.choice(("\n", "\n\n", "\r\n")), 1)
    return body


def _mistyped(rng: random.Random, body: str) -> str:
    """Two letters inside one word change places: every day brings some words that nobody has seen before."""
    at = rng.choice([i for i in range(1, len(body) - 2) if body[i - 1 : i + 3].isalpha()])
    return body[:at] + body[at + 1] + body[at] + body[at + 2 :]


def messy(rng: random.Random, line: str) -> str:
    """Now and then: a cell that a spreadsheet takes for a formula, a quoted word, stray blanks."""
    luck = rng.random()
    if luck < 0.015:
        return rng.choice(("=) ", "+ ", "- ", "@", "=", "+1 ")) + line
    if luck < 0.03:
        head, _, tail = line.partition(" ")
        return f'"{head}" {tail}'.rstrip()
    return f"  {line} " if luck < 0.04 else line
