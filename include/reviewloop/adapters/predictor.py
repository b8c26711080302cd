"""A trained model as one thing that turns texts into probabilities, whatever its kind."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from reviewloop.adapters import s3
from reviewloop.adapters.models import read_about
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.refs import ModelKind
from reviewloop.settings import settings

log = logging.getLogger(__name__)
BATCH_SIZE = 32


@dataclass(frozen=True)
class Predictor:
    """A loaded model. ``predict_proba`` takes texts as ``core.texts.model_text`` writes them."""

    kind: ModelKind
    _predict: Callable[[Sequence[str]], np.ndarray]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
        if not len(texts):
            return np.zeros((0, len(SENTIMENTS)))
        return self._predict(list(texts))


def load_predictor(folder: Path) -> Predictor:
    """The model in ``folder``. Raises ``PermanentError`` when it is of no known kind or names other classes than ours."""
    about = checked_about(folder)
    kind: ModelKind = about["kind"]
    return Predictor(kind, _baseline(folder) if kind == "baseline" else _transformer(folder, about))


def checked_about(folder: Path) -> dict[str, Any]:
    """``model.json`` of ``folder``. Raises ``PermanentError`` when it names no known kind, or other classes than ours."""
    about = read_about(folder)
    if about.get("labels") != list(SENTIMENTS):
        raise PermanentError(f"{folder.name}: model.json: labels: {about.get('labels')!r} is not {list(SENTIMENTS)!r}")
    if about.get("kind") not in get_args(ModelKind):
        raise PermanentError(f"{folder.name}: model.json: kind: {about.get('kind')!r} is not one of 'baseline', 'transformer'")
    return about


def fetch_predictor(uri: str) -> Predictor:
    """The predictor of the model artifact at ``uri``; see ``fetch_model``."""
    return load_predictor(fetch_model(uri))


def fetch_model(uri: str) -> Path:
    """The folder of the model artifact at ``uri``, downloaded once into ``settings().work_dir/models/<digest16>``.

    The folder appears by a rename when it is complete, so that two tasks may fetch the same model at once.
    """
    artifact = s3.open_artifact(uri)
    folder = settings().work_dir / "models" / artifact.digest[:16]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            artifact.download(temporary)
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():  # another task was not first: the disk is the trouble
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        log.info("fetched %s", uri)
    return folder


def _baseline(folder: Path) -> Callable[[Sequence[str]], np.ndarray]:
    from reviewloop.training import baseline

    pipeline = baseline.from_skops((folder / baseline.FILE).read_bytes())
    return lambda texts: baseline.predict_proba(pipeline, texts, len(SENTIMENTS))


def _transformer(folder: Path, about: dict[str, Any]) -> Callable[[Sequence[str]], np.ndarray]:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a fork after its threads have started would hang
    from tokenizers import Tokenizer

    from reviewloop.training.device import pick_device
    from reviewloop.training.model import load_classifier
    from reviewloop.training.validation import predict_logits

    max_seq_length = int(about["max_seq_length"])
    model = load_classifier(folder, SENTIMENTS).to(pick_device())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_seq_length)

    def predict(texts: Sequence[str]) -> np.ndarray:
        tokens = [np.asarray(encoding.ids, dtype=np.int64) for encoding in tokenizer.encode_batch(list(texts))]
        logits = predict_logits(model, tokens, BATCH_SIZE, model.config.pad_token_id or 0, max_seq_length)
        probabilities: np.ndarray = logits.double().softmax(1).numpy()
        return probabilities

    return predict
