"""The served form: answers that depend on nothing but the text, and a machine that answers otherwise does not answer with it."""

import json
import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from tests.helpers.tiny_models import reviews

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.models.about import read_about
from reviewloop.models.encoder import openvino_runtime
from reviewloop.models.encoder.openvino_runtime import Graph
from reviewloop.models.int8_export import export_int8
from reviewloop.models.kinds import transformer_int8
from reviewloop.models.kinds.transformer_int8 import GRAPH
from reviewloop.models.predictor import Predictor, load_predictor
from reviewloop.training.finetune import finetune
from reviewloop.training.job import Job

QUICK = {"batch_size": 4, "learning_rate": 5e-3, "head_learning_rate": 5e-3}


@pytest.fixture(scope="module")
def exported(tiny_bert: Path, parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from reviewloop.config import load_config

    out = tmp_path_factory.mktemp("trained") / "out"
    values = load_config().training.transformer.model_dump(mode="json", exclude={"model"})
    places = {"base_model": str(tiny_bert), "train": str(parts / "train.parquet"), "validation": str(parts / "validation.parquet")}
    out.mkdir()
    finetune(
        Job.model_validate(
            {**values, **places, "output": str(out), "epochs": 3, "max_seq_length": 48, "seed": 1, "labels": SENTIMENTS, **QUICK}
        )
    )
    source, target = out / "model", out / "int8"
    export_int8(source, target, reviews(10, seed=7)[0], {**read_about(source), "form": "openvino_int8"})
    return target


@pytest.fixture
def int8(exported: Path) -> Predictor:
    return load_predictor(exported, "openvino_int8")


@pytest.fixture
def vnni(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformer_int8, "multiplies_int8", lambda: True)


def test_a_compiled_graph_ends_with_its_last_request(exported: Path) -> None:
    """By itself it would keep Python's lock for as long as it takes to end."""
    graph, ended = Graph(exported / GRAPH, 0, 48), list[str]()
    for length, compiled in graph._compiled.items():
        weakref.finalize(compiled, ended.append, "graph")
        assert any(request.get_compiled_model().input("ids").get_shape()[1] == length for request in graph._last)
    for request in graph._last:
        weakref.finalize(request, ended.append, "request")
    assert len(graph._last) == len(graph.lengths)
    del graph
    assert ended == ["graph"] * (len(ended) // 2) + ["request"] * (len(ended) // 2)


def test_it_answers_as_the_model_that_was_trained(exported: Path, int8: Predictor) -> None:
    texts, _ = reviews(200, seed=3)
    trained = load_predictor(exported, "as_trained")
    assert (int8.form, trained.form) == ("openvino_int8", "as_trained")
    ours, theirs = int8.predict_proba(texts), trained.predict_proba(texts)
    assert np.abs(ours - theirs).max() < 0.1
    assert (ours.argmax(1) != theirs.argmax(1)).mean() <= 0.02
    assert ours.std(axis=0).max() > 0.01


def test_a_text_has_the_same_bits_alone_beside_others_and_in_any_order(int8: Predictor) -> None:
    texts, _ = reviews(60, seed=4)
    texts += ["", "love", "w1 " * 60]
    together = int8.predict_proba(texts)
    alone = np.concatenate([int8.predict_proba([text]) for text in texts])
    turned = int8.predict_proba(texts[::-1])[::-1]
    assert np.array_equal(together, alone)
    assert np.array_equal(together, turned)


def test_a_text_is_read_at_the_next_of_a_few_lengths_by_a_graph_of_that_length(int8: Predictor) -> None:
    graph = int8.reader.graph
    assert graph.lengths == (8, 16, 24, 32, 40, 48)
    items = int8.reader.prepare([*reviews(60, seed=4)[0], "", "love", "w1 " * 60])
    assert {item.shape for item in items} <= set(graph.lengths)
    assert all(item.shape - 8 < item.num_tokens <= item.shape for item in items)
    assert all(graph._compiled[length].input(0).get_shape() == [1, length] for length in graph.lengths)


def test_activations_are_rounded_by_a_scale_for_so_many_numbers_of_a_token(int8: Predictor) -> None:
    compiled = int8.reader.graph._compiled.values()
    assert {one.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE") for one in compiled} == {openvino_runtime.GROUP_SIZE}


def test_the_table_of_words_is_kept_once_for_all_lengths(exported: Path, int8: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = int8.reader.graph
    assert graph._words.shape == (40, 16)
    assert all(len(compiled.inputs) == 3 for compiled in graph._compiled.values())
    monkeypatch.setattr(openvino_runtime, "_is_lookup", lambda _: False)  # as of a graph in which none is found
    whole = openvino_runtime.Graph(exported / "int8.xml", int8.reader.graph._pad_id, 48)
    assert (whole._words, len(whole._compiled[8].inputs)) == (None, 2)
    rows = [item.content for item in int8.reader.prepare(reviews(60, seed=4)[0])]
    assert np.array_equal(whole.logits(rows), graph.logits(rows))


@pytest.mark.parametrize(
    ("longest", "lengths"),
    [
        (160, tuple(range(16, 161, 16))),
        (128, tuple(range(16, 129, 16))),
        (7, (7,)),
        (81, (16, 32, 48, 64, 80, 81)),
        (512, (*range(56, 505, 56), 512)),
    ],
)
def test_the_lengths_are_few_and_the_last_holds_the_longest_text(longest: int, lengths: tuple[int, ...]) -> None:
    assert openvino_runtime.lengths_up_to(longest) == lengths
    assert len(lengths) <= openvino_runtime.MOST_LENGTHS


def test_what_the_head_reads_comes_with_the_answers_of_the_same_pass(exported: Path, int8: Predictor) -> None:
    texts = [*reviews(60, seed=4)[0], "", "love", "w1 " * 60]
    found, trained = int8.read(texts), load_predictor(exported, "as_trained")
    assert np.array_equal(found.probabilities, int8.predict_proba(texts))
    assert found.embeddings is not None
    assert (found.embeddings.shape, found.embeddings.dtype) == ((63, 16), np.float32)
    alone = np.concatenate([int8.read([text]).embeddings for text in texts])
    assert np.array_equal(found.embeddings, alone)
    assert np.abs(found.embeddings - trained.read(texts).embeddings).mean() < 0.05
    head = trained.reader.model.classifier
    logits = found.embeddings @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    assert softmax(logits, axis=1) == pytest.approx(found.probabilities, abs=0.05), "the answers are computed from them"


def test_a_graph_of_before_there_was_a_second_output_answers_the_same_and_has_no_embedding(
    exported: Path, int8: Predictor, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(exported, old)
    library = openvino_runtime.openvino()
    graph = library.Core().read_model(old / "int8.xml")
    assert len(graph.outputs) == 2
    graph.remove_result(graph.outputs[1].get_node())
    library.save_model(graph, tmp_path / "int8.xml", compress_to_fp16=False)
    for name in ("int8.xml", "int8.bin"):
        shutil.copy(tmp_path / name, old / name)
    texts = [*reviews(60, seed=4)[0], "", "love", "w1 " * 60]
    found = load_predictor(old, "openvino_int8").read(texts)
    assert found.embeddings is None
    assert np.abs(found.probabilities - int8.predict_proba(texts)).max() < 1e-4, "the second output changes no answer"


def test_the_first_answer_of_all_is_computed_before_two_threads_may_ask(exported: Path) -> None:
    graph = openvino_runtime.Graph(exported / "int8.xml", 0, 48)
    assert graph._of_thread.by_length, "the binding waits for ever where first calls of two threads meet"


def test_it_answers_where_the_cpu_gains_and_the_self_test_agrees(exported: Path, vnni: None) -> None:
    predictor = load_predictor(exported)
    assert (predictor.form, predictor.why_not_preferred) == ("openvino_int8", None)


def test_a_cpu_that_gains_nothing_answers_as_trained_and_says_so(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformer_int8, "multiplies_int8", lambda: False)
    predictor = load_predictor(exported)
    assert predictor.form == "as_trained"
    assert predictor.why_not_preferred == "not openvino_int8: this CPU does not multiply 8-bit integers faster"


def test_a_machine_that_answers_otherwise_than_where_it_was_judged_does_not_answer_with_it(
    exported: Path, tmp_path: Path, vnni: None
) -> None:
    other = tmp_path / "model"
    shutil.copytree(exported, other)
    stored = json.loads((other / "self_test.json").read_text())
    stored["probabilities"][3] = stored["probabilities"][3][::-1]
    (other / "self_test.json").write_text(json.dumps(stored))
    predictor = load_predictor(other)
    assert predictor.form == "as_trained"
    assert "its self-test answers otherwise here than where it was judged" in str(predictor.why_not_preferred)
    stored["probabilities"][3] = [float("nan")] * 3
    (other / "self_test.json").write_text(json.dumps(stored))
    assert load_predictor(other).form == "as_trained"


def test_a_form_that_the_folder_does_not_hold_is_refused(exported: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(exported, plain)
    about = read_about(plain)
    (plain / "model.json").write_text(json.dumps({**about, "form": "as_trained"}))
    with pytest.raises(PermanentError, match="plain: holds as_trained, not openvino_int8"):
        load_predictor(plain, "openvino_int8")


def test_the_library_is_kept_from_reporting_its_use() -> None:
    import sys

    openvino_runtime.openvino()
    assert sys.modules["openvino_telemetry"] is None
    from openvino.tools.ovc import telemetry_utils

    assert telemetry_utils.tm.__name__.endswith("telemetry_stub")


@pytest.mark.parametrize(
    ("flags", "gains"), [("fpu avx512f avx512_vnni", True), ("fpu avx_vnni", True), ("fpu avx2 avx512f", False)]
)
def test_what_a_cpu_gains_by(flags: str, gains: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}\n")
    assert openvino_runtime.multiplies_int8.__wrapped__(tmp_path / "cpuinfo") is gains
    assert openvino_runtime.multiplies_int8.__wrapped__(tmp_path / "none") is False
