"""The model that answers: the ledger's champion, followed while the process runs."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.release.champion import answering
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.predictor import Predictor
from reviewloop.models.reader import Prepared

log = logging.getLogger(__name__)

WARM_UP = "A short review, read once before the first request so that it does not wait for lazy set-up."


@dataclass(frozen=True)
class LoadedModel:
    """One model version in memory. ``since`` is when this process began to answer with it, in UTC."""

    version: str
    digest: str
    since: str
    predictor: Predictor

    @property
    def kind(self) -> str:
        """As its ``model.json`` names it."""
        return self.predictor.kind

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Texts, made ready for ``answer``."""
        return self.predictor.reader.prepare(texts)

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities, shape (len(items), 3), in the order of ``SENTIMENTS``. Raises ``ValueError`` on anything else."""
        probabilities = np.asarray(self.predictor.reader.answer(items), dtype="float64")
        if probabilities.shape != (len(items), len(SENTIMENTS)) or not np.isfinite(probabilities).all():
            raise ValueError(f"model version {self.version} gave no probabilities for some of {len(items)} texts")
        return probabilities


class ChampionFollower:
    """Loads the champion, then looks every ``every_seconds`` whether another was released.

    A new champion is loaded and tried beside the old one and takes over in one assignment. While the registry is away,
    or a new champion does not load or is not what was released, the old one goes on answering and ``problem`` says why. Who
    answers is the ledger's word: an alias that says otherwise moves nothing, and is told in ``problem``.
    """

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="champion", daemon=True)
        self.current: LoadedModel | None = None
        self.problem: str | None = "the champion is being loaded"

    def start(self) -> None:
        """Begin to follow, at once, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the background thread, at the latest with the process."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def refresh(self) -> None:
        """One look at who answers. Never raises: what went wrong is logged and kept in ``problem``."""
        try:
            self.problem = self._load()
        except Exception as error:  # the endpoint must outlive any fault of the registry or of a new model
            self.problem = f"the champion could not be loaded: {error}"
            log.exception("the champion could not be loaded")

    def _load(self) -> str | None:
        champion = answering()
        if champion is None:
            return "there is no champion yet; sentiment_release makes the first one"
        if self.current is not None and (self.current.version, self.current.digest) == (champion.version, champion.digest):
            return champion.disagreement
        predictor = fetch_predictor(champion.source, champion.digest)  # the very bytes that were released: it compares them
        since = datetime.now(UTC).isoformat(timespec="seconds")
        loaded = LoadedModel(champion.version, champion.digest, since, predictor)
        loaded.answer(loaded.prepare([WARM_UP]))
        before, self.current = self.current, loaded
        log.info("version %s (%s) answers now, before it %s", loaded.version, loaded.kind, before.version if before else "none")
        return champion.disagreement

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self.refresh()
            self._stopping.wait(self._every_seconds)
