"""The sealed test part, and what models answered to it: where they are put, and the one door to them.

``adapters.lake.s3`` reads and writes nothing under ``sealed/`` unless asked from here, and no module on a training path may
import this one (import-linter's contract "no training path opens the sealed part"). Predictions repeat the texts and labels
of the part, so they lie behind the same door. On AWS the roles say it again, outside of this program: ``deploy/iam``.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from reviewloop.adapters.lake import artifacts, claims, embeddings, places, s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.core.dataset.provenance import PROVENANCE, is_as_delivered, require_judgeable, with_provenance
from reviewloop.core.dataset.splits import Part
from reviewloop.errors import PermanentError
from reviewloop.models.kinds.table import Form
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)

Purpose = Literal["evaluation", "choice", "gates", "error analysis", "drift", "correction", "leaderboard"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
"""What the door may be opened for; each new one is a decision for review."""
TEST: Final = "test.parquet"
PREDICTIONS: Final = "predictions.parquet"
"""Of the form that is served."""
_PREDICTIONS_OF: Final = "predictions.{form}.parquet"
"""Of another form in which the model may answer."""


def seal(test: pd.DataFrame, part: Part = "test") -> artifacts.Artifact:
    """Publish the test part, or the future part, apart from what training reads. Idempotent.

    Its file says where its rows come from only where some are not as delivered: what was sealed before rows had provenance is
    the same bytes today. Raises ``PermanentError`` for a row that may judge no model (see ``require_judgeable``).
    """
    require_judgeable(part, test)
    stored = test.drop(columns=list(PROVENANCE)) if is_as_delivered(test) else test
    return _put(places.sealed_tests(), {TEST: to_parquet(stored)})


def freeze_ratings(test: pd.DataFrame, last: FeaturesRef | None) -> dict[str, int]:
    """The rating of each text of the test part (by ``text_digest``) as it was when the text was first sealed.

    A later delivery, whatever its day, thus never changes what the exam asks for. Each record holds all ratings so far, is
    written once under the next number, and is never changed. Before the first one, what ``last`` has sealed (a snapshot built
    before there were records) was sealed first.
    """
    now = {str(digest): int(rating) for digest, rating in zip(test["text_digest"], test["rating"], strict=True)}
    while True:
        records = list(s3.list_uris(places.sealed_ratings()))
        with s3.reading_sealed():
            if records:
                known = s3.read_json(max(records))["ratings"]
            elif last is not None:
                before = from_parquet(artifacts.open_artifact(last.sealed_uri).read(TEST))
                known = dict(zip(map(str, before["text_digest"]), map(int, before["rating"]), strict=True))
            else:
                known = {}
        if records and now.keys() <= known.keys():
            break
        with s3.writing_sealed():
            taken = claims.take(places.sealed_ratings(len(records) + 1), ratings=now | known)
        if taken:
            break
    moved = sum(known.get(digest, rating) != rating for digest, rating in now.items())
    if moved:
        log.warning("%d sealed texts came with another rating than they were sealed with, which stays", moved)
    return now | {digest: known[digest] for digest in now.keys() & known.keys()}


def correct_rating(text_digest: str, rating: int, decision: Mapping[str, str]) -> str:
    """Record that people decided on another rating of a sealed text, and why; returns the record's URI.

    The one way in which the exam ever asks something else: by a record of its own, which nobody can take back without another. What
    is sealed already stays as it is; the next snapshot's part is sealed anew. A text that has the rating already keeps its record.
    Raises ``PermanentError`` for a text that is not sealed.
    """
    while True:
        records = list(s3.list_uris(places.sealed_ratings()))
        with s3.reading_sealed():
            known = s3.read_json(max(records))["ratings"] if records else {}
        if text_digest not in known:
            raise PermanentError(f"sealed part: no text {text_digest[:16]} was ever sealed")
        if known[text_digest] == rating:
            return max(records)
        said = {**decision, "text_digest": text_digest, "before": known[text_digest], "after": rating}
        with s3.writing_sealed():
            taken = claims.take(places.sealed_ratings(len(records) + 1), ratings=known | {text_digest: rating}, correction=said)
        if taken:
            log.info("sealed text %s: rating %d, not %d", text_digest[:16], rating, known[text_digest])
            return taken.uri


@dataclass(frozen=True)
class Answers:
    """A form's answers to the test part, a row each, and what they were computed from: (n, d), or None."""

    predicted: pd.DataFrame
    embeddings: np.ndarray | None


def seal_predictions(predicted: pd.DataFrame) -> artifacts.Artifact:
    """Publish the test part's rows with a model's answers to them. Idempotent."""
    return _put(places.sealed_predictions(), {PREDICTIONS: to_parquet(predicted)})


def seal_answers(answers: Mapping[Form, Answers]) -> artifacts.Artifact:
    """``seal_predictions`` of the first form, which is served; the answers of the others beside them, and what each were computed
    from. A day may be scored in any of the forms, and is compared with the answers of the same."""
    served = next(iter(answers))
    files: dict[str, bytes] = {}
    for form, one in answers.items():
        files[PREDICTIONS if form == served else _PREDICTIONS_OF.format(form=form)] = to_parquet(one.predicted)
        files |= embeddings.files_of(form, one.embeddings, len(one.predicted))
    return _put(places.sealed_predictions(), files, {"form": served})


def open_sealed(features: FeaturesRef, purpose: Purpose) -> pd.DataFrame:
    """The sealed rows of a snapshot, with their provenance.

    Raises ``PermanentError`` for a purpose that is none of ``PURPOSES``, and for rows that may judge no model.
    """
    rows = with_provenance(_open(features.sealed_uri, TEST, purpose))
    require_judgeable("test", rows)
    return rows


def open_future(features: FeaturesRef, purpose: Purpose) -> pd.DataFrame | None:
    """The sealed rows of the last days, as ``open_sealed`` gives the others; ``None`` where the snapshot has no such part."""
    return open_sealed(features.model_copy(update={"sealed_uri": features.future_uri}), purpose) if features.future_uri else None


def open_predictions(uri: str, purpose: Purpose) -> pd.DataFrame:
    """What ``seal_predictions`` put at ``uri``. Raises ``PermanentError`` for a purpose that is none of ``PURPOSES``."""
    return _open(uri, PREDICTIONS, purpose)


def open_predictions_of(uri: str, form: Form, purpose: Purpose) -> pd.DataFrame | None:
    """What the model answered in this form; None where that was not kept, or an older artifact does not say which form it is of.
    Raises ``PermanentError`` like ``open_predictions``."""
    artifact = artifacts.open_artifact(uri)
    file = PREDICTIONS if artifact.meta.get("form") == form else _PREDICTIONS_OF.format(form=form)
    return _open(uri, file, purpose) if file in artifact.files else None


def open_embeddings(uri: str, form: Form, purpose: Purpose) -> np.ndarray | None:
    """What the answers of this form were computed from, float32 (n, d) in the order of ``open_predictions``; None where that was
    not kept. Raises ``PermanentError`` like ``open_predictions``."""
    _check(uri, purpose)
    with s3.reading_sealed():
        found = embeddings.embeddings_in(artifacts.open_artifact(uri), form)
    return found.rows if found else None


def require_whole(uri: str) -> None:
    """Compare the answers at ``uri`` with their manifest, giving none away. Raises ``PermanentError`` for other bytes."""
    with s3.reading_sealed():
        artifacts.require_whole(artifacts.open_artifact(uri))


def _put(parent_uri: str, files: Mapping[str, bytes], meta: Mapping[str, Any] | None = None) -> artifacts.Artifact:
    with s3.writing_sealed():
        return artifacts.publish(parent_uri, files, meta)


def _open(uri: str, file: str, purpose: Purpose) -> pd.DataFrame:
    _check(uri, purpose)
    with s3.reading_sealed():
        return from_parquet(artifacts.open_artifact(uri).read(file))


def _check(uri: str, purpose: Purpose) -> None:
    if purpose not in PURPOSES:
        raise PermanentError(f"sealed part: {purpose!r} is no purpose to open it for; allowed: {', '.join(PURPOSES)}")
    log.info("%s opened for: %s", uri, purpose)
