"""The sealed test part: every way of reading it is tried, and only the evaluation's works."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.helpers.intruder import replace_artifact

from reviewloop.adapters.jobs.program import fetch_inputs
from reviewloop.adapters.lake import artifacts, frames, s3
from reviewloop.adapters.lake.sealed import (
    PURPOSES,
    Answers,
    open_embeddings,
    open_predictions,
    open_predictions_of,
    open_sealed,
    seal,
    seal_answers,
    seal_predictions,
)
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.digests import bytes_digest
from reviewloop.errors import PermanentError
from reviewloop.refs import FeaturesRef

pytestmark = pytest.mark.contract

PLAIN = pd.DataFrame({"review_id": [1, 2], "text": ["fits well", "torn at once"], "label": [2, 0]})
"""As they were sealed before rows had provenance."""
ROWS = as_delivered(PLAIN)


@pytest.fixture
def features(lake: str) -> FeaturesRef:
    parts = {f"{name}.parquet": frames.to_parquet(ROWS.assign(text=name)) for name in ("train", "validation")}
    known = artifacts.publish(s3.lake_uri("features"), parts)
    return FeaturesRef(
        uri=known.uri, sealed_uri=seal(ROWS).uri, digest=known.digest, last_day="2026-01-01", num_train=2, num_validation=0,
        num_test=2, num_new=2, max_seq_length=32,
    )  # fmt: skip


@pytest.mark.parametrize("file", ["test.parquet", "./test.parquet", "x/../test.parquet"])
def test_whoever_has_the_address_still_cannot_read_it(features: FeaturesRef, tmp_path: Path, file: str) -> None:
    uri = f"{features.sealed_uri}/{file}"
    artifact = artifacts.open_artifact(features.sealed_uri)  # its manifest may be seen: that there is one, and its digest
    tries = [
        lambda: s3.read_bytes(uri),
        lambda: s3.read_json(uri),
        lambda: s3.download(uri, tmp_path / "stolen.parquet"),
        lambda: artifact.read("test.parquet"),
        lambda: artifact.fetch("test.parquet", tmp_path),
        lambda: artifact.download(tmp_path),
    ]
    for attempt in tries:
        with pytest.raises(PermanentError, match="the test part is sealed; only those who judge a model open it"):
            attempt()
    assert list(tmp_path.glob("*.parquet")) == []


def test_a_way_round_through_another_folder_leads_nowhere(features: FeaturesRef) -> None:
    key = features.sealed_uri.removeprefix(s3.lake_uri()).strip("/")
    for roundabout in (f"features/../{key}/test.parquet", f"/{key}/test.parquet", f"./{key}/test.parquet"):
        with pytest.raises(PermanentError):
            s3.read_bytes(s3.lake_uri(roundabout))


def test_the_answers_of_a_model_repeat_the_part_and_lie_behind_the_same_door(features: FeaturesRef, tmp_path: Path) -> None:
    answered = ROWS.assign(prediction=[2, 2])
    artifact = seal_predictions(answered)
    assert seal_predictions(answered).uri == artifact.uri != features.sealed_uri
    tries = [
        lambda: s3.read_bytes(f"{artifact.uri}/predictions.parquet"),
        lambda: artifact.read("predictions.parquet"),
        lambda: artifact.download(tmp_path),
        lambda: open_predictions(artifact.uri, "training"),  # type: ignore[arg-type]
        lambda: open_predictions(features.uri, "drift"),
    ]
    for attempt in tries:
        with pytest.raises(PermanentError, match=r"the test part is sealed|is no purpose to open it for|no file 'predictions"):
            attempt()
    assert list(tmp_path.glob("*.parquet")) == []
    for purpose in PURPOSES:
        pd.testing.assert_frame_equal(open_predictions(artifact.uri, purpose), answered, check_dtype=False)


def test_what_the_answers_were_computed_from_lies_behind_the_same_door(features: FeaturesRef, tmp_path: Path) -> None:
    rows, other = np.array([[0.5, -2.0], [1.0, 3.0]], dtype=np.float32), np.array([[1.0], [2.0]], dtype=np.float32)
    served, plain = ROWS.assign(prediction=[2, 2]), ROWS.assign(prediction=[2, 0])
    answers = {"openvino_int8": Answers(served, rows), "as_trained": Answers(plain, other)}
    artifact = seal_answers(answers)
    assert seal_answers(answers).uri == artifact.uri
    for name in artifact.files:
        with pytest.raises(PermanentError, match="the test part is sealed"):
            artifact.read(name)
    with pytest.raises(PermanentError, match="is no purpose to open it for"):
        open_embeddings(artifact.uri, "as_trained", "training")  # type: ignore[arg-type]
    with pytest.raises(PermanentError, match="is no purpose to open it for"):
        open_predictions_of(artifact.uri, "as_trained", "training")  # type: ignore[arg-type]
    assert np.array_equal(open_embeddings(artifact.uri, "openvino_int8", "drift"), rows)
    assert np.array_equal(open_embeddings(artifact.uri, "as_trained", "drift"), other)
    pd.testing.assert_frame_equal(open_predictions(artifact.uri, "drift"), served, check_dtype=False)
    for form, expected in (("openvino_int8", served), ("as_trained", plain)):
        pd.testing.assert_frame_equal(open_predictions_of(artifact.uri, form, "drift"), expected, check_dtype=False)
    with pytest.raises(PermanentError, match="the test part is sealed"):  # it is shut again
        artifact.read("predictions.parquet")


def test_what_older_code_sealed_has_no_embeddings_and_says_no_form(features: FeaturesRef) -> None:
    old = seal_predictions(ROWS.assign(prediction=[2, 2]))
    assert open_embeddings(old.uri, "as_trained", "drift") is None
    assert open_predictions_of(old.uri, "as_trained", "drift") is None


def test_an_evaluation_opens_it_and_it_is_shut_again_afterwards(features: FeaturesRef) -> None:
    pd.testing.assert_frame_equal(open_sealed(features, "evaluation"), ROWS, check_dtype=False)
    with pytest.raises(PermanentError, match="sealed"):
        s3.read_bytes(f"{features.sealed_uri}/test.parquet")
    broken = features.model_copy(update={"sealed_uri": s3.lake_uri("sealed", "none")})
    with pytest.raises(PermanentError, match="none"):
        open_sealed(broken, "evaluation")
    with pytest.raises(PermanentError, match="sealed"):  # an opening that failed leaves nothing open
        s3.read_bytes(f"{features.sealed_uri}/test.parquet")


def test_training_is_no_purpose(features: FeaturesRef) -> None:
    with pytest.raises(
        PermanentError, match="'training' is no purpose to open it for; allowed: evaluation, choice, gates, error analysis, drift"
    ):
        open_sealed(features, "training")  # type: ignore[arg-type]


def test_a_fine_tune_gets_train_and_validation_and_nothing_when_it_is_pointed_at_the_sealed_part(
    features: FeaturesRef, tmp_path: Path
) -> None:
    folder = fetch_inputs(features.uri, tmp_path / "inputs")
    assert sorted(path.name for path in folder.iterdir()) == ["train.parquet", "validation.parquet"]
    assert not any(b"torn at once" in path.read_bytes() for path in folder.iterdir())
    for closed in (features.sealed_uri, seal_predictions(ROWS).uri):
        with pytest.raises(PermanentError, match="no file"):
            fetch_inputs(closed, tmp_path / "stolen")
    assert [path for path in (tmp_path / "stolen").rglob("*") if path.is_file()] == []


def test_sealing_again_writes_nothing_new(features: FeaturesRef) -> None:
    assert seal(ROWS).uri == features.sealed_uri


def test_what_was_sealed_before_rows_had_provenance_is_the_same_bytes_today(features: FeaturesRef) -> None:
    assert artifacts.open_artifact(features.sealed_uri).files == {"test.parquet": bytes_digest(frames.to_parquet(PLAIN))}


def test_a_persons_label_stays_with_its_sealed_row(features: FeaturesRef) -> None:
    read_by_people = ROWS.assign(label_source=pd.array(["human", "rating"], dtype="string"))
    again = features.model_copy(update={"sealed_uri": seal(read_by_people).uri})
    pd.testing.assert_frame_equal(open_sealed(again, "evaluation"), read_by_people, check_dtype=False)


@pytest.mark.parametrize("fault", [{"origin": "augmented"}, {"label_source": "weak"}, {"label_source": "self"}])
def test_what_we_made_or_labelled_ourselves_is_never_sealed(features: FeaturesRef, fault: dict[str, str]) -> None:
    with pytest.raises(PermanentError, match="2 of 2 rows of the test part may judge no model: review 1"):
        seal(ROWS.assign(**fault))
    with pytest.raises(PermanentError, match="the test part has no column origin and no label_source"):
        seal(PLAIN)


def test_an_exam_of_rows_that_we_made_ourselves_is_not_sat(features: FeaturesRef) -> None:
    with s3.writing_sealed():  # whoever writes past ``seal``
        planted = artifacts.publish(s3.lake_uri("sealed"), {"test.parquet": frames.to_parquet(ROWS.assign(origin="augmented"))})
    with pytest.raises(PermanentError, match="2 of 2 rows of the test part may judge no model"):
        open_sealed(features.model_copy(update={"sealed_uri": planted.uri}), "evaluation")


def test_nobody_else_puts_anything_there(features: FeaturesRef, tmp_path: Path) -> None:
    (tmp_path / "easy.parquet").write_bytes(frames.to_parquet(ROWS.tail(1)))
    uri = f"{features.sealed_uri}/test.parquet"
    tries = [
        lambda: s3.write_bytes(uri, b"easy"),
        lambda: s3.write_json(f"{features.sealed_uri}/{artifacts.MANIFEST}", {}),
        lambda: s3.upload(tmp_path / "easy.parquet", s3.lake_uri("sealed", "new", "test.parquet")),
        lambda: artifacts.publish(s3.lake_uri("sealed"), {"test.parquet": b"easy"}),
    ]
    for attempt in tries:
        with pytest.raises(PermanentError, match="sealed; only adapters.lake.sealed puts something there"):
            attempt()
    pd.testing.assert_frame_equal(open_sealed(features, "evaluation"), ROWS, check_dtype=False)


def test_an_exam_that_was_replaced_by_an_easy_one_is_not_sat(features: FeaturesRef) -> None:
    answers = seal_predictions(ROWS.assign(prediction=[2, 2]))
    for uri, file in ((features.sealed_uri, "test.parquet"), (answers.uri, "predictions.parquet")):
        replace_artifact(uri, {file: frames.to_parquet(ROWS.tail(1))})
    with pytest.raises(PermanentError, match="its files and manifest were replaced"):
        open_sealed(features, "evaluation")
    with pytest.raises(PermanentError, match="its files and manifest were replaced"):
        open_predictions(answers.uri, "gates")
