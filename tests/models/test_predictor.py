import json
import weakref
from pathlib import Path

import numpy as np
import pytest

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.models import baseline
from reviewloop.models import predictor as room
from reviewloop.models.predictor import load_predictor
from reviewloop.training.finetune import finetune
from reviewloop.training.job import Job

TEXTS = ["w1 love great w2", "w3 hate torn", "okay w5 meh " + "w1 " * 60, "love love", ""]


@pytest.fixture
def transformer(job_values, tmp_path: Path) -> Path:
    job = Job.model_validate({**job_values, "epochs": 1})
    job.output.mkdir()
    finetune(job)
    return job.output / "model"


@pytest.fixture
def linear(tmp_path: Path) -> Path:
    texts, labels = ["love it", "hate it", "it is fine"] * 5, np.array([2, 0, 1] * 5)
    pipeline = baseline.fit(texts, labels, np.ones(15), ngram_max=1, min_df=1, max_features=100, c=10.0, seed=0)
    (tmp_path / "model.skops").write_bytes(baseline.to_skops(pipeline))
    (tmp_path / "model.json").write_text(json.dumps({"kind": "baseline", "labels": SENTIMENTS}))
    return tmp_path


@pytest.mark.parametrize("kind", ["transformer", "linear"])
def test_a_predictor_gives_one_distribution_a_text_in_the_order_of_the_texts(kind, request):
    predictor = load_predictor(request.getfixturevalue(kind))
    probabilities = predictor.predict_proba(TEXTS)
    assert predictor.kind == ("transformer" if kind == "transformer" else "baseline")
    assert probabilities.shape == (5, 3)
    assert probabilities.dtype == np.float64
    assert probabilities.sum(1) == pytest.approx(np.ones(5))
    alone = np.concatenate([predictor.predict_proba([text]) for text in TEXTS])
    assert alone == pytest.approx(probabilities, abs=0.02), "padding and order do not matter, within bf16"
    assert predictor.predict_proba([]).shape == (0, 3)


def test_a_transformer_reads_no_more_than_max_seq_length_tokens(transformer):
    predictor = load_predictor(transformer)
    long = "okay " + "w1 " * 45
    same = predictor.predict_proba([long + "love " * 9, long + "hate " * 9])
    assert same[0] == pytest.approx(same[1])


def test_a_form_that_does_not_answer_here_is_let_go_before_the_next_is_loaded(tmp_path, monkeypatch):
    held = []

    class Weights:
        pass

    class Loader:
        concurrent = False

        def load_reader(self, folder, about):
            assert [one() for one in held] == [None] * len(held), "memory was asked for one form"
            reader = Weights()
            held.append(weakref.ref(reader))
            return reader

        def why_not(self, folder, reader):
            return "it answers otherwise here"

    monkeypatch.setattr(room, "checked_about", lambda folder: {"kind": "transformer"})
    monkeypatch.setattr(room, "forms_of", lambda about: ["openvino_int8", "as_trained"])
    monkeypatch.setattr(room, "loader_of", lambda about, form: Loader())
    assert load_predictor(tmp_path).form == "as_trained"
    assert len(held) == 2


def test_a_folder_that_is_no_model_of_ours_is_refused(linear):
    about = linear / "model.json"
    about.write_text(json.dumps({"kind": "oracle", "labels": SENTIMENTS}))
    with pytest.raises(PermanentError, match="kind: 'oracle' is not one of"):
        load_predictor(linear)
    about.write_text(json.dumps({"kind": "baseline", "labels": ["bad", "good"]}))
    with pytest.raises(PermanentError, match=r"labels: \['bad', 'good'\] is not"):
        load_predictor(linear)
    about.unlink()
    with pytest.raises(PermanentError, match=r"no model\.json"):
        load_predictor(linear)
