"""Which label comes of the answers: what most of the people who read a text say, and nothing where they are at odds.

Two who disagree leave the text as it was; it is asked again, and the third person decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from reviewloop.config import ReleaseConfig
from reviewloop.core.annotation.answers import Answer
from reviewloop.core.annotation.items import UNCLEAR
from reviewloop.core.release.people import is_same
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Rate, rate


@dataclass(frozen=True)
class Resolved:
    """Of one text: each person's newest answer, and the ``label`` that most of them gave; None where there is none.

    ``is_disputed``: there are labels, but no one label has more than half of them.
    """

    answers: tuple[Answer, ...]
    label: str | None

    @property
    def is_disputed(self) -> bool:
        """Whether another person has to decide."""
        return self.label is None and any(one.label != UNCLEAR for one in self.answers)


def labels(resolved: Mapping[str, Resolved]) -> dict[str, str]:
    """``text_digest`` -> label, of the texts that have one."""
    return {digest: text.label for digest, text in resolved.items() if text.label is not None}


def told(resolved: Mapping[str, Resolved], used: Iterable[str]) -> list[dict[str, Any]]:
    """Of the texts ``used`` (digests), for whoever traces them: the label, and who said what, when, and by which guideline."""
    said = ("by", "label", "answered_at", "guideline", "event")
    return [
        {"text_digest": digest, "label": resolved[digest].label,
         "answers": [{name: getattr(one, name) for name in said} for one in resolved[digest].answers]}
        for digest in sorted(used)
    ]  # fmt: skip


def resolve(answers: Iterable[Answer], release: ReleaseConfig) -> dict[str, Resolved]:
    """By ``text_digest``. Two spellings of one name are one person (``people.is_same``), who has one say."""
    texts: dict[str, list[Answer]] = {}
    for one in answers:
        texts.setdefault(one.text_digest, []).append(one)
    return {digest: _resolved(found, release) for digest, found in texts.items()}


def _resolved(found: Sequence[Answer], release: ReleaseConfig) -> Resolved:
    said: list[Answer] = []
    # A file may be read long after its person has answered otherwise under another spelling: what was said last counts.
    for one in sorted(found, key=lambda one: (datetime.fromisoformat(one.answered_at), one.event)):
        said = [*(other for other in said if not is_same(one.by, other.by, release)), one]
    votes = Counter(one.label for one in said if one.label != UNCLEAR)
    label, num = votes.most_common(1)[0] if votes else (None, 0)
    return Resolved(tuple(said), label if 2 * num > votes.total() else None)


@dataclass(frozen=True)
class Agreement:
    """Two people on the texts that both labelled. ``kappa`` (Cohen, 1960) is 1 for all alike, 0 for as alike as by luck; None where
    luck alone would agree on everything, so that it says nothing."""

    first: str
    second: str
    num_texts: int
    num_alike: int
    kappa: float | None


def agreements(resolved: Mapping[str, Resolved]) -> list[Agreement]:
    """Of every two people who have labelled a text in common, by their names."""
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for text in resolved.values():
        said = sorted((one for one in text.answers if one.label != UNCLEAR), key=lambda one: one.by)
        for one, other in combinations(said, 2):
            pairs.setdefault((one.by, other.by), []).append((one.label, other.label))
    return [
        Agreement(*people, len(labels), sum(one == other for one, other in labels), _kappa(labels))
        for people, labels in sorted(pairs.items())
    ]


def _kappa(labels: Sequence[tuple[str, str]]) -> float | None:
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*labels, strict=True)
    if len({*first, *second}) == 1:
        return None
    return float(cohen_kappa_score(first, second, labels=list(SENTIMENTS)))


def contradicted(resolved: Mapping[str, Resolved]) -> tuple[int, int, Rate]:
    """How often people contradict the rating: count, texts, and the share with its 95 % interval.

    Of the texts that were drawn at random alone: those of which a model was unsure are not like the others.
    """
    by_chance = [text for text in resolved.values() if text.label and any(one.kind == "random" for one in text.answers)]
    count = sum(text.label != text.answers[-1].rated for text in by_chance)
    return count, len(by_chance), rate(count, len(by_chance))
