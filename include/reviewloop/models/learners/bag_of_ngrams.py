"""fastText's classifier, which is BlazingText's too: the mean of the vectors of words and pairs of words, and a linear layer.

Joulin, Grave, Bojanowski and Mikolov, Bag of tricks for efficient text classification, EACL 2017: words and pairs are hashed into
buckets, each with a vector that is learnt with the layer. Theirs is SGD on one text at a time; here it is Adam on batches.
"""

from typing import Any, Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, OneOf, Seen, Space, Span
from reviewloop.models.learners.sparse_texts import WEIGHED

NUM_BUCKETS: Final = 2**17
NUM_DIMENSIONS: Final = 16
NUM_EPOCHS: Final = 6
BATCH: Final = 64
LEARNING_RATE: Final = 5e-3
SPACE: Final[Space] = {
    "learning_rate": Span(LEARNING_RATE, 1e-3, 2e-2, log=True), "num_epochs": Span(NUM_EPOCHS, 3, 10, whole=True),
    "num_dimensions": OneOf(NUM_DIMENSIONS, (8, 16, 32)), **WEIGHED,
}  # fmt: skip


def fit(
    known: Seen, labels: Ints, weights: Floats, seed: int, learning_rate: float = LEARNING_RATE, num_epochs: int = NUM_EPOCHS,
    num_dimensions: int = NUM_DIMENSIONS, weight_power: float = 1.0,
) -> Fitted:  # fmt: skip
    """``weights`` weigh the rows' losses. What is drawn (vectors, order) is of ``seed`` alone."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    vectors, layer = (
        torch.nn.EmbeddingBag(NUM_BUCKETS, num_dimensions, mode="sum", sparse=True),
        torch.nn.Linear(num_dimensions, len(SENTIMENTS)),
    )
    with torch.no_grad():
        vectors.weight.uniform_(-1 / num_dimensions, 1 / num_dimensions, generator=generator)
        layer.weight.zero_()
        layer.bias.zero_()
    sparse: Any = torch.optim.SparseAdam(vectors.parameters(), lr=learning_rate)
    dense = torch.optim.Adam(layer.parameters(), lr=learning_rate)
    counts, truth, loss_of = _hashed(known), torch.from_numpy(labels), torch.nn.CrossEntropyLoss(reduction="none")
    counting = torch.from_numpy(weights**weight_power).float()
    num_steps, step = num_epochs * -(-len(labels) // BATCH), 0
    for _ in range(num_epochs):
        for places in torch.split(torch.randperm(len(labels), generator=generator), BATCH):
            for group in (*sparse.param_groups, *dense.param_groups):
                group["lr"] = learning_rate * (1 - step / num_steps)  # falls to 0 in a line, as theirs does
            losses = loss_of(layer(_mean(vectors, counts[places.numpy()])), truth[places])
            sparse.zero_grad()
            dense.zero_grad()
            (losses * counting[places]).mean().backward()
            sparse.step()
            dense.step()
            step += 1

    def read(rows: Seen) -> Floats:
        with torch.no_grad():
            found: Floats = torch.softmax(layer(_mean(vectors, _hashed(rows))), dim=1).double().numpy()
        return found

    parts = [*vectors.parameters(), *layer.parameters()]
    return Fitted(read, lambda: sum(part.numel() * part.element_size() for part in parts))


def _hashed(texts: Seen) -> Any:
    """How often each bucket's words and pairs are in a text, over how many there are: sparse, (n, ``NUM_BUCKETS``)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    counts = HashingVectorizer(n_features=NUM_BUCKETS, ngram_range=(1, 2), alternate_sign=False, norm="l1", dtype=np.float32)
    return counts.transform(texts).tocsr()


def _mean(vectors: Any, counts: Any) -> Any:
    """The mean vector of each text's words and pairs: (n, dimensions); zeros for a text without any."""
    import torch

    places, offsets = (torch.from_numpy(part.astype(np.int64)) for part in (counts.indices, counts.indptr[:-1]))
    return vectors(places, offsets, per_sample_weights=torch.from_numpy(counts.data))
