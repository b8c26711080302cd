"""Random tables of counts for the comparison with AWS's package: standard library only, so that both environments draw the same."""

import random

NUM_TABLES = 120
NUM_LABELS = 3


def table(seed: int) -> list[list[list[int]]]:
    """Counts by side (rest, group), stratum (1 to 6) and label; every third table has many empty cells, each side has rows."""
    rng = random.Random(seed)
    num_strata = rng.randint(1, 6)
    empty = 0.45 if seed % 3 == 0 else 0.05
    weights = [[rng.random() for _ in range(NUM_LABELS)] for _ in range(2)]
    size = rng.choice([10, 100, 1000])
    counts = [
        [[0 if rng.random() < empty else int(size * weight * rng.random()) for weight in side] for _ in range(num_strata)]
        for side in weights
    ]
    for side in counts:
        if not any(map(sum, side)):
            side[0][rng.randrange(NUM_LABELS)] = 1 + rng.randrange(9)
    return counts


NUM_ANSWERED = 100
"""Tables with answers, for the post-training measures."""
NUM_FLIPPED = 60
"""Lists of pairs of answers, for the flip test."""


def answered_table(seed: int) -> list[list[list[list[int]]]]:
    """Counts by side, stratum (1 to 4), label and prediction; every third table has many empty cells, each side has rows.

    In every eighth one label is never predicted.
    """
    rng = random.Random(10_000 + seed)
    num_strata = rng.randint(1, 4)
    empty = 0.7 if seed % 3 == 0 else 0.1
    size = rng.choice([4, 20, 60])

    never = rng.randrange(NUM_LABELS) if seed % 8 == 7 else None

    def matrix() -> list[list[int]]:
        diagonal = [[2.0 if label == answer else 0.6 for answer in range(NUM_LABELS)] for label in range(NUM_LABELS)]
        return [
            [
                0 if rng.random() < empty or answer == never else int(size * weight * rng.random())
                for answer, weight in enumerate(row)
            ]
            for row in diagonal
        ]

    counts = [[matrix() for _ in range(num_strata)] for _ in range(2)]
    for side in counts:
        if not any(sum(map(sum, stratum)) for stratum in side):
            side[0][rng.randrange(NUM_LABELS)][rng.randrange(NUM_LABELS)] = 1 + rng.randrange(9)
    return counts


def flipped(seed: int) -> tuple[list[int], list[int]]:
    """Answers to 1 to 40 texts as they were written, and with their group changed."""
    rng = random.Random(20_000 + seed)
    before = [rng.randrange(NUM_LABELS) for _ in range(rng.randint(1, 40))]
    return before, [rng.randrange(NUM_LABELS) if rng.random() < 0.4 else answer for answer in before]
