"""What the answers of an artifact were computed from, kept beside them: an array a form of the model, row by row as its answers.

The two forms of a model embed a text a little differently, and so does every other model: what is compared must be of one model and
one form. The underscore hides the file from Athena, which would read it as rows of the table ``predictions``.
"""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np

from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.errors import PermanentError
from reviewloop.models.kinds.table import FORMS, Form

_NAME: Final = "_embeddings.{form}.npy"


@dataclass(frozen=True)
class Embeddings:
    """``rows`` has shape (n, d), float32: row i is of the artifact's i-th answer, as the model's ``form`` read the text."""

    form: Form
    rows: np.ndarray


def files_of(form: Form, rows: np.ndarray | None, num_answers: int) -> dict[str, bytes]:
    """The file that keeps ``rows`` (n, d), by its name; none where there are none. The same rows give the same bytes.

    Raises ``PermanentError`` where the rows are not one an answer.
    """
    if rows is None:
        return {}
    if rows.ndim != 2 or len(rows) != num_answers:
        raise PermanentError(f"{num_answers} answers got embeddings of shape {rows.shape}; one row an answer is expected")
    sink = io.BytesIO()
    np.save(sink, as_kept(rows), allow_pickle=False)
    return {_NAME.format(form=form): sink.getvalue()}


def as_kept(rows: np.ndarray) -> np.ndarray:
    """As rounded as they are kept: what was kept must not be compared with what was not, which is a little apart.

    In 16 bits: their 11 bits of precision are finer than the 8 that a served model computes in, and half the size (20,000 reviews
    of 384 numbers are 15 MB). Where a number would not fit (beyond 65,504), all keep 32.
    """
    with np.errstate(over="ignore"):
        narrow = rows.astype("<f2", order="C")
    return narrow if np.isfinite(narrow).all() else rows.astype("<f4", order="C")


def embeddings_of(artifact: Artifact) -> Embeddings | None:
    """Those of a scored day, in the form that scored it; None of an older artifact, or of a model that cannot tell."""
    kept = [form for form in FORMS if _NAME.format(form=form) in artifact.files]
    return embeddings_in(artifact, kept[0]) if kept else None


def embeddings_in(artifact: Artifact, form: Form) -> Embeddings | None:
    """Those of this form; None where the artifact has none of it. Raises ``PermanentError`` for a file that is no such array."""
    name = _NAME.format(form=form)
    if name not in artifact.files:
        return None
    try:
        rows = np.load(io.BytesIO(artifact.read(name)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise PermanentError(f"{artifact.uri}/{name}: is no array of numbers: {error}") from None
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype.kind != "f":
        raise PermanentError(f"{artifact.uri}/{name}: is no array of numbers with one row an answer")
    return Embeddings(form, rows.astype(np.float32))
