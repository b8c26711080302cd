"""What belongs to a model and is not needed to answer: the words of its training part, and what explains it. Loaded when wanted.

An answer never waits for either, and never fails for want of one.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.lake.model_store import fetch_model
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.champion import released
from reviewloop.models.explainer import Explainer, load_explainer
from reviewloop.serving.inference.threads import COMPUTES, DaemonPool

log = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 60.0
"""Between two tries to load the words of a model."""


class Known(Protocol):
    """A version that was released."""

    @property
    def version(self) -> str:
        """Of the registry."""
        ...

    @property
    def digest(self) -> str:
        """Of its files."""
        ...


def _fetch_words(version: str) -> frozenset[str]:
    uri = released(version).tags[Tag.FEATURES_URI]
    return frozenset(json.loads(artifacts.open_artifact(uri).read("vocabulary.json")))


class TrainingWords:
    """The vocabulary of each model's training part. ``of`` never waits: until a model's words are there, it has none."""

    def __init__(self, fetch: Callable[[str], frozenset[str]] = _fetch_words) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._known: dict[str, frozenset[str]] = {}
        self._tried: dict[str, float] = {}

    def of(self, model: Known) -> frozenset[str] | None:
        """The words, if they are here; else they are fetched in the background, for the next who ask."""
        found = self._known.get(model.digest)
        if found is None and time.monotonic() - self._tried.get(model.digest, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._tried[model.digest] = time.monotonic()
            threading.Thread(target=self._load, args=(model.version, model.digest), name="training-words", daemon=True).start()
        return found

    def _load(self, version: str, digest: str) -> None:
        try:
            words = self._fetch(version)
        except Exception as error:  # a version from before there were words, or a lake that is away: its texts get no note
            log.warning("the words that version %s was trained on could not be read: %s", version, error)
            return
        with self._lock:
            while len(self._known) >= 2:  # champion and challenger
                self._known.pop(next(iter(self._known)))
            self._known[digest] = words
        log.info("version %s was trained on %d words", version, len(words))


class Explainers:
    """The explainer of the model that was asked last, in one thread that gives way to those that answer."""

    def __init__(self, num_steps: int) -> None:
        self.pool = DaemonPool(1, "explain", COMPUTES)  # one that waits for a lake which hangs must not keep the process
        self._num_steps = num_steps
        self._loaded: tuple[str, Explainer] | None = None

    def explain(self, model: Known, text: str) -> tuple[str, Any]:
        """How it explains, in words, and the ``Explanation``. Called in ``pool``; the first time it loads the model once more."""
        if self._loaded is None or self._loaded[0] != model.digest:
            self._loaded = None  # before the next is loaded, not beside it
            folder = fetch_model(released(model.version).source, model.digest)
            self._loaded = (model.digest, load_explainer(folder, self._num_steps))
        explainer = self._loaded[1]
        return explainer.method, explainer.explain([text])[0]
