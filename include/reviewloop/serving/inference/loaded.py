"""A model version in memory, and how it is made warm before anybody's request is its first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.openvino_runtime import PAD_TO
from reviewloop.models.predictor import Predictor
from reviewloop.models.reader import Prepared
from reviewloop.serving.inference.threads import DaemonPool

WARM_WORD: Final = "tepid"
"""What the texts of a warm-up consist of."""
LONGEST_WARM_UP: Final = 512
"""Words, and so tokens at least; no encoder of ours reads more."""
WARM_UP_SECONDS: Final = 120.0
"""A model that is not warm by then never answers."""


SUM_TOLERANCE: Final = 1e-3
"""By which a text's probabilities may miss 1 in all: ours are softmaxes in fp64, or nearly."""


class NotFinite(ValueError):
    """A model answered, but not with finite probabilities of the right shape."""


@dataclass(frozen=True)
class LoadedModel:
    """One model version in memory. ``since`` is when this process had it ready to answer, in UTC."""

    version: str
    digest: str
    since: str
    predictor: Predictor

    @property
    def kind(self) -> str:
        """As its ``model.json`` names it."""
        return self.predictor.kind

    @property
    def form(self) -> str:
        """In which it is kept: as trained, or exported."""
        return str(self.predictor.form)

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Texts, made ready for ``answer``."""
        return self.predictor.reader.prepare(texts)

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities, shape (len(items), 3), in the order of ``SENTIMENTS``.

        Raises ``NotFinite`` on anything else, also on finite numbers that are no probabilities, such as logits.
        """
        probabilities = np.asarray(self.predictor.reader.answer(items), dtype="float64")
        if probabilities.shape != (len(items), len(SENTIMENTS)) or not np.isfinite(probabilities).all():
            raise NotFinite(f"not finite: model version {self.version} gave no probabilities for some of {len(items)} texts")
        if (probabilities < 0).any() or (np.abs(probabilities.sum(axis=1) - 1) > SUM_TOLERANCE).any():
            raise NotFinite(f"finite, but no probabilities: model version {self.version}, for some of {len(items)} texts")
        return probabilities


def warmed(version: str, digest: str, predictor: Predictor, pass_tokens: int) -> LoadedModel:
    """The version after its warm-up. Raises what the model raises, and ``TimeoutError`` where it does not come back: the warm-up's
    thread is then given up, not the one that follows the ledger."""
    loaded = LoadedModel(version, digest, datetime.now(UTC).isoformat(timespec="seconds"), predictor)
    pool = DaemonPool(1, f"warm-up-{version}")
    try:
        pool.submit(warm_up, loaded, pass_tokens).result(WARM_UP_SECONDS)
    except TimeoutError:
        raise TimeoutError(f"version {version} was not warm after {WARM_UP_SECONDS:g} s") from None
    finally:
        pool.shutdown()
    return loaded


def warm_up(model: LoadedModel, pass_tokens: int) -> None:
    """Read a text of every length that batches are padded to, then passes as full as they come, of the shortest and the longest."""
    texts = [" ".join([WARM_WORD] * num_words) for num_words in (1, *range(PAD_TO, LONGEST_WARM_UP + 1, PAD_TO))]
    by_length = {item.num_tokens: item for item in model.prepare(texts)}
    for item in by_length.values():
        model.answer([item])
    for item in (by_length[min(by_length)], by_length[max(by_length)]):
        model.answer([item] * max(1, pass_tokens // max(1, item.num_tokens)))
