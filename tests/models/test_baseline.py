import io
import json
import zipfile

import numpy as np
import pytest
import skops.io

from reviewloop.errors import PermanentError
from reviewloop.models import baseline

TEXTS = ["love it", "hate it", "it is fine", "love love", "hate hate", "fine fine"] * 5
LABELS = np.array([2, 0, 1, 2, 0, 1] * 5)


def fit(labels=LABELS):
    return baseline.fit(TEXTS, labels, np.ones(len(TEXTS)), ngram_max=2, min_df=1, max_features=1000, c=10.0, seed=0)


class Evil:
    """A type of ours that no model file has any business with."""


def test_the_saved_pipeline_predicts_as_the_fitted_one():
    pipeline = fit()
    again = baseline.from_skops(baseline.to_skops(pipeline))
    probabilities = baseline.predict_proba(again, ["love", "hate", "fine"], 3)
    assert probabilities.argmax(1).tolist() == [2, 0, 1]
    assert np.array_equal(probabilities, baseline.predict_proba(pipeline, ["love", "hate", "fine"], 3))


def test_the_same_training_gives_the_same_bytes():
    assert baseline.to_skops(fit()) == baseline.to_skops(fit())


def test_the_vocabulary_is_one_table_and_not_a_file_a_word():
    def num_files(max_features: int) -> int:
        pipeline = baseline.fit(
            TEXTS, LABELS, np.ones(len(TEXTS)), ngram_max=2, min_df=1, max_features=max_features, c=10.0, seed=0
        )
        return len(zipfile.ZipFile(io.BytesIO(baseline.to_skops(pipeline))).namelist())

    assert num_files(5) == num_files(1000)


def test_a_file_with_an_unknown_type_is_refused_before_anything_is_built():
    with pytest.raises(PermanentError, match="not trusted: .*Evil"):
        baseline.from_skops(skops.io.dumps(Evil()))


def test_an_unknown_type_inside_a_real_pipeline_is_refused():
    source = zipfile.ZipFile(io.BytesIO(baseline.to_skops(fit())))
    schema = json.loads(source.read("schema.json"))
    schema["content"]["content"]["steps"]["content"][0]["content"][1] |= {"__module__": "subprocess", "__class__": "Popen"}
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as target:
        for name in source.namelist():
            target.writestr(name, json.dumps(schema) if name == "schema.json" else source.read(name))
    with pytest.raises(PermanentError, match=r"not trusted: subprocess\.Popen"):
        baseline.from_skops(sink.getvalue())


def test_a_trusted_type_that_is_no_pipeline_is_refused():
    with pytest.raises(PermanentError, match="holds a dict, not a Pipeline"):
        baseline.from_skops(skops.io.dumps({"a": 1}))


def test_a_class_missing_from_training_gets_probability_zero():
    probabilities = baseline.predict_proba(fit(np.where(LABELS == 1, 2, LABELS)), ["fine"], 3)
    assert probabilities[0, 1] == 0
    assert probabilities.sum() == pytest.approx(1)


def test_a_heavier_row_counts_for_more():
    light, heavy = (
        baseline.fit(TEXTS, LABELS, np.where(LABELS == 0, weight, 1.0), ngram_max=1, min_df=1, max_features=1000, c=1.0, seed=0)
        for weight in (1.0, 5.0)
    )
    assert baseline.predict_proba(heavy, ["it"], 3)[0, 0] > baseline.predict_proba(light, ["it"], 3)[0, 0]
