"""The questions that a suite puts to a model: texts of its own, and sealed reviews as they are and changed.

A case depends on its template or its review, on the test's entry and on the seed alone: a new test, template or review leaves the
other cases as they were.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from reviewloop.config import BehaviourConfig, Sentiment
from reviewloop.core.behaviour.perturbations import CHANGES, both_sides, swap_words, with_sentence
from reviewloop.core.behaviour.suite import Directional, Flip, Invariance, Kind, Must, Suite
from reviewloop.core.behaviour.templates import Lists, draw, fill, fillings, slots, two_versions
from reviewloop.core.digests import bytes_digest
from reviewloop.core.reviews import SENTIMENTS

Pair = tuple[str, str]


@dataclass(frozen=True)
class Review:
    """A sealed review as a model reads it, and its sentiment."""

    text: str
    sentiment: str


@dataclass(frozen=True)
class Case:
    """One question. ``before`` is the text without the change; a minimum functionality test has none."""

    kind: Kind
    capability: str
    text: str
    before: str | None = None
    expected: tuple[Sentiment, ...] = ()
    """``mft``: the right answers; ``dir``: the sentiment whose probability must move; ``inv``: empty."""
    must: Must | None = None


@dataclass(frozen=True)
class FlipPair:
    """A review as the first group would write it, and as the second."""

    facet: str
    first: str
    second: str


def chosen_reviews(texts: Sequence[str], labels: Iterable[int], config: BehaviourConfig) -> list[Review]:
    """The sealed reviews short enough to be changed, each text once, a sentiment after the other so that rare ones count too.

    Their order is that of a digest of text and seed: it stays when reviews come or go.
    """
    found: dict[str, list[str]] = {name: [] for name in SENTIMENTS}
    for text, label in dict(zip(texts, labels, strict=True)).items():
        if 0 < len(text.split()) <= config.max_words:
            found[SENTIMENTS[label]].append(text)
    ordered = [
        [Review(text, name) for text in sorted(held, key=lambda text: bytes_digest(f"{config.seed} {text}".encode()))]
        for name, held in found.items()
    ]
    return [review for turn in zip_longest(*ordered) for review in turn if review]


def build_cases(suite: Suite, reviews: Sequence[Review], config: BehaviourConfig) -> list[Case]:
    """All minimum functionality, invariance and directional cases, in the order of the files."""
    cases = []
    for name, capability in suite.minimum_functionality.items():
        for case in capability.cases:
            for template in case.templates:
                texts = fillings(template, suite.words, config.cases_per_template, _rng(config, template))
                cases += [Case("mft", name, text, expected=case.expected) for text in texts]
    texts = [review.text for review in reviews]
    for name, test in suite.invariance.items():
        pairs = _invariance(name, test, texts, suite.words, config)
        cases += [Case("inv", name, after, before) for before, after in pairs]
    for name, direction in suite.directional.items():
        of_label = [review.text for review in reviews if review.sentiment in direction.labels][: config.num_reviews]
        for before, after in _directional(name, direction, of_label, suite.words, config):
            cases.append(Case("dir", name, after, before, (direction.sentiment,), direction.must))
    return cases


def build_flips(suite: Suite, reviews: Sequence[Review], config: BehaviourConfig) -> list[FlipPair]:
    """The pairs of all flip tests, in the order of the file."""
    texts = [review.text for review in reviews]
    return [
        FlipPair(name, first, second)
        for name, flip in suite.flips.items()
        for first, second in _flipped(name, flip, texts, suite.words, config)
    ]


def _rng(config: BehaviourConfig, *parts: str) -> random.Random:
    return random.Random("\0".join([str(config.seed), *parts]))


def _invariance(name: str, test: Invariance, texts: Sequence[str], lists: Lists, config: BehaviourConfig) -> list[Pair]:
    def changed(text: str) -> str | None:
        rng = _rng(config, name, text)
        if test.change:
            return CHANGES[rng.choice(test.change)](text, rng)
        return swap_words(text, test.swap, rng) if test.swap else None

    def added(text: str) -> Pair:
        rng = _rng(config, name, text)
        one, other = two_versions(rng.choice(test.add), lists, rng)
        return with_sentence(text, one), with_sentence(text, other)

    in_place = ((text, after) for text in texts if (after := changed(text)))
    return _in_turn(in_place, (added(text) for text in texts if test.add), bool(test.add), config)


def _directional(name: str, test: Directional, texts: Sequence[str], lists: Lists, config: BehaviourConfig) -> Iterator[Pair]:
    for text in texts:
        rng = _rng(config, name, text)
        before, after = rng.choice(test.add)
        values = draw(slots(before, after), lists, rng)
        yield with_sentence(text, fill(before, values)) if before else text, with_sentence(text, fill(after, values))


def _flipped(name: str, flip: Flip, texts: Sequence[str], lists: Lists, config: BehaviourConfig) -> list[Pair]:
    def added(text: str) -> Pair:
        rng = _rng(config, name, text)
        first, second = rng.choice(flip.add)
        values = draw(slots(first, second), lists, rng)
        return with_sentence(text, fill(first, values)), with_sentence(text, fill(second, values))

    in_place = (pair for text in texts if (pair := both_sides(text, flip.swap)))
    return _in_turn(in_place, (added(text) for text in texts if flip.add), bool(flip.add), config)


def _in_turn(in_place: Iterable[Pair], added: Iterable[Pair], has_added: bool, config: BehaviourConfig) -> list[Pair]:
    """Reviews that hold the words themselves first, up to half of the places where sentences are added to fill the rest."""
    room = config.num_reviews // 2 if has_added else config.num_reviews
    return list(islice(chain(islice(in_place, room), added), config.num_reviews))
