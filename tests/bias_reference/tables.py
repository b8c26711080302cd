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
