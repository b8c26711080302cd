"""A world whose truth is known: reviews of three classes that a model reads, surer of itself than it is right."""

import numpy as np
import numpy.typing as npt

CENTRES = np.array([[-2.0, 0.3], [-0.2, -1.2], [1.6, 0.6]])
"""Of the classes, in the order of SENTIMENTS; the spread in each direction is 1."""
USUAL = np.array([0.103, 0.12, 0.777])

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def reviews(shares: npt.ArrayLike, num_rows: int, rng: np.random.Generator, exact: bool = False) -> tuple[Ints, Floats]:
    """Labels and what the model answers, shape (n, 3); ``exact``: the classes' counts are as the shares say."""
    planted = np.asarray(shares)
    counts = np.round(planted * num_rows).astype(int) if exact else rng.multinomial(num_rows, planted)
    labels = np.repeat(np.arange(3), counts)
    rng.shuffle(labels)
    return labels, answers(CENTRES[labels] + rng.normal(size=(len(labels), 2)))


def answers(points: Floats) -> Floats:
    """The model was trained on balanced classes, and is 1.6 times as sure as it should be."""
    logits = -1.6 * ((points[:, np.newaxis, :] - CENTRES) ** 2).sum(axis=2) / 2
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def judged_otherwise(labels: Ints, share: float, rng: np.random.Generator) -> Ints:
    """Concept drift: of all reviews ``share`` get another label, texts as before: praise becomes a complaint."""
    changed = labels.copy()
    chosen = rng.choice(np.flatnonzero(labels == 2), round(share * len(labels)), replace=False)
    changed[chosen] = 0
    return changed
