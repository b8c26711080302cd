"""A trained model as one thing that turns texts into probabilities, whatever its kind."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.models.about import checked_about, forms_of, loader_of
from reviewloop.models.cores import num_cores
from reviewloop.models.kinds.table import Form
from reviewloop.models.reader import PASS_TOKENS, Prepared, Reader, Reading, passes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Predictor:
    """A loaded model. ``predict_proba`` and ``read`` take texts as ``core.texts.model_text`` writes them.

    ``form`` is the one that answers here; ``why_not_preferred`` says in words why it is not the one that the model was exported to.
    """

    kind: str
    form: Form
    reader: Reader
    num_at_once: int = 1
    why_not_preferred: str | None = None

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
        items = self.reader.prepare(texts)
        probabilities = np.zeros((len(items), len(SENTIMENTS)))

        def keep(rows: np.ndarray) -> None:
            probabilities[rows] = self.reader.answer([items[row] for row in rows])

        self._in_passes(items, keep)
        return probabilities

    def read(self, texts: Sequence[str]) -> Reading:
        """``predict_proba`` with the same bits, and from the same passes the embedding of each text, row by row."""
        items = self.reader.prepare(texts)
        probabilities = np.zeros((len(items), len(SENTIMENTS)))
        embedded: list[tuple[np.ndarray, np.ndarray | None]] = []

        def keep(rows: np.ndarray) -> None:
            found = self.reader.read([items[row] for row in rows])
            probabilities[rows] = found.probabilities
            embedded.append((rows, found.embeddings))

        self._in_passes(items, keep)
        return Reading(probabilities, _in_rows(embedded))

    def _in_passes(self, items: Sequence[Prepared], keep: Callable[[np.ndarray], None]) -> None:
        batches = passes([item.num_tokens for item in items], PASS_TOKENS)
        if self.num_at_once == 1:  # in this thread: torch would make a team of threads for every other that asks it
            for rows in batches:
                keep(rows)
        else:
            with ThreadPoolExecutor(self.num_at_once) as pool:
                list(pool.map(keep, batches))


def _in_rows(parts: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> np.ndarray | None:
    """The embeddings of all passes in the order of the texts; None where a pass has none."""
    known = [(rows, found) for rows, found in parts if found is not None]
    if not known or len(known) < len(parts):
        return None
    embeddings = np.empty((sum(len(rows) for rows, _ in known), known[0][1].shape[1]), dtype=np.float32)
    for rows, found in known:
        embeddings[rows] = found
    return embeddings


def load_predictor(folder: Path, form: Form | None = None) -> Predictor:
    """The model in ``folder``, in ``form``: by default the one that this machine should answer with, of those that were judged.

    Raises ``PermanentError`` where ``checked_about`` does, and for a form that the folder does not hold.
    """
    about = checked_about(folder)
    forms = forms_of(about)
    if form is not None:
        if form not in forms:
            raise PermanentError(f"{folder.name}: holds {' and '.join(forms)}, not {form}")
        return _load(folder, about, form)
    reasons = []
    for one in forms[:-1]:
        predictor = _load(folder, about, one)
        reason = loader_of(about, one).why_not(folder, predictor.reader)
        if reason is None:
            return predictor
        reasons.append(f"not {one}: {reason}")
        log.warning("%s answers %s, not %s: %s", folder.name, forms[-1], one, reason)
        del predictor  # before the next is loaded: memory has been asked for one of them
    return _load(folder, about, forms[-1], "; ".join(reasons) or None)


def _load(folder: Path, about: dict[str, object], form: Form, why_not_preferred: str | None = None) -> Predictor:
    loader = loader_of(about, form)
    num_at_once = num_cores() + 1 if loader.concurrent else 1  # one more, so that no core waits while an answer is handed over
    return Predictor(str(about["kind"]), form, loader.load_reader(folder, about), num_at_once, why_not_preferred)
