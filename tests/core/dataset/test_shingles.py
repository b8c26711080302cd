"""Near copies: every pair that comparing all with all finds, and hardly another pair looked at."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.core.dataset import shingles
from reviewloop.core.dataset.shingles import Matches, near_matches, near_pairs
from reviewloop.core.texts import words

SHARES = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
TEXTS = st.lists(st.lists(st.sampled_from(["so", "Nice", "a", "dress.", "it", "fits"]), max_size=12).map(" ".join), max_size=12)


def of(text: str) -> set[tuple[str, ...]]:
    """The shingles of a text, by their words."""
    read = words(text)
    return set(zip(read, read[1:], read[2:], strict=False))


def told(blocks: Iterable[Matches]) -> list[tuple[int, int, float]]:
    return [(int(a), int(b), float(share)) for block in blocks for a, b, share in zip(*block, strict=True)]


def every(texts: list[str], others: list[str], least: float) -> list[tuple[int, int, float]]:
    """All with all."""
    found = []
    for a, one in enumerate(map(of, texts)):
        for b, other in enumerate(map(of, others)):
            if one and other and (share := len(one & other) / len(one | other)) >= least:
                found.append((a, b, share))
    return found


@given(TEXTS, TEXTS, SHARES)
def test_the_pairs_are_those_of_comparing_all_with_all(texts: list[str], others: list[str], least: float) -> None:
    assert told(near_matches(texts, others, least)) == every(texts, others, least)


@given(TEXTS, SHARES, st.integers(1, 9))
def test_and_so_in_small_blocks_and_few_pairs_at_a_time(texts: list[str], least: float, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "_BLOCK", size)
        patch.setattr(shingles, "_MAX_CANDIDATES", size)
        assert told(near_pairs(texts, least)) == [pair for pair in every(texts, texts, least) if pair[0] < pair[1]]


def test_no_more_pairs_are_held_at_once_than_may_be_where_all_texts_come_from_one_template(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = watched(monkeypatch)
    monkeypatch.setattr(shingles, "_MAX_CANDIDATES", 500)
    texts = [f"i bought this dress for the wedding of my sister number {place}" for place in range(120)]
    assert len(told(near_pairs(texts, 0.6))) == 120 * 119 // 2
    assert max(looked_at) <= 500


def test_what_is_looked_at_grows_with_the_texts_and_not_with_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = watched(monkeypatch)
    draw = np.random.default_rng(1)

    def text() -> str:  # each ends as all others do: comparing by any shingle would look at every pair
        return " ".join([f"w{word}" for word in draw.integers(0, 5000, 30)] + ["would", "buy", "it", "again"])

    texts = [text() for _ in range(600)]
    copies = [" ".join(one.split()[1:]) for one in texts[:20]]
    found = told(near_matches([*texts, *copies], texts, 0.8))
    assert len(found) == 600 + 20
    assert sum(looked_at) < 2 * 640, "of 372,000 pairs"


def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were looked at, each time; filled as that happens."""
    seen: list[int] = []
    look = shingles._Index._alike

    def counted(self: shingles._Index, rows: object, first: shingles.Places, *rest: shingles.Places) -> Matches:
        seen.append(len(first))
        return look(self, rows, first, *rest)

    monkeypatch.setattr(shingles._Index, "_alike", counted)
    return seen
