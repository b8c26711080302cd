"""Embeddings beside an artifact's answers: as they were, row by row; what is no plain array of them is refused."""

import io
import pickle

import numpy as np
import pytest

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.lake.embeddings import embeddings_in, embeddings_of, files_of
from reviewloop.errors import PermanentError

ROWS = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32)


def stored(files: dict[str, bytes]) -> artifacts.Artifact:
    return artifacts.publish(s3.lake_uri("predictions"), {"predictions.parquet": b"answers", **files})


def npy(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=allow_pickle)
    return sink.getvalue()


@pytest.mark.contract
def test_rows_come_back_in_their_order_to_eleven_bits_with_their_form(lake: str) -> None:
    files = files_of("openvino_int8", ROWS, 50)
    assert files == files_of("openvino_int8", ROWS.copy(order="F"), 50), "the same rows are the same bytes"
    assert len(next(iter(files.values()))) < 50 * 8 * 2 + 200
    found = embeddings_of(stored(files))
    assert (found.form, found.rows.dtype, found.rows.shape) == ("openvino_int8", np.float32, (50, 8))
    assert found.rows == pytest.approx(ROWS, rel=2**-11, abs=1e-7)
    assert embeddings_in(stored(files), "as_trained") is None


@pytest.mark.contract
def test_numbers_beyond_sixteen_bits_are_kept_as_they_are(lake: str) -> None:
    wide = ROWS * np.float32(1e6)
    assert np.array_equal(embeddings_of(stored(files_of("as_trained", wide, 50))).rows, wide)


@pytest.mark.contract
def test_an_artifact_without_them_has_none(lake: str) -> None:
    assert files_of("as_trained", None, 50) == {}
    assert embeddings_of(stored({})) is None


def test_every_file_is_hidden_from_athena() -> None:
    assert [name for form in ("as_trained", "openvino_int8") for name in files_of(form, ROWS, 50)] == [
        "_embeddings.as_trained.npy",
        "_embeddings.openvino_int8.npy",
    ]


@pytest.mark.parametrize("rows", [ROWS[1:], ROWS[0], ROWS[None]])
def test_rows_that_are_not_one_an_answer_are_not_kept(rows: np.ndarray) -> None:
    with pytest.raises(PermanentError, match=r"50 answers got embeddings of shape \(.*; one row an answer is expected"):
        files_of("as_trained", rows, 50)


@pytest.mark.contract
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"rows",
        pickle.dumps(ROWS),
        npy(np.array([{"a": 1}], dtype=object), allow_pickle=True),
        npy(ROWS[0]),
        npy(np.array([["a"]])),
    ],
    ids=["empty", "words", "pickle", "objects", "one-row", "texts"],
)
def test_what_is_no_plain_array_is_refused_and_nothing_is_unpickled(lake: str, data: bytes) -> None:
    with pytest.raises(PermanentError, match=r"_embeddings\.as_trained\.npy: is no array of numbers"):
        embeddings_of(stored({"_embeddings.as_trained.npy": data}))
