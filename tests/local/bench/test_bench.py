"""``make bench`` from its inputs to its last line; the trainings themselves are tested beside it."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.helpers.benched import MACHINE as A_MACHINE
from tests.helpers.benched import make_lap

from reviewloop.errors import ConfigError
from reviewloop.training.data.data import EncodedPart, read_part
from reviewloop_local.bench import __main__ as bench
from reviewloop_local.bench import inputs
from reviewloop_local.bench.contenders import CONTENDERS
from reviewloop_local.bench.inputs import BATCH_SIZE, MAX_SEQ_LENGTH, prepare
from reviewloop_local.bench.race import ContenderFailed
from reviewloop_local.bench.recipe import MACHINE, PREDICTIONS, WATCH_COST, Recipe, read_recipe
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

NUM_ROWS = 1500


@pytest.fixture(autouse=True)
def _few_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "NUM_SAMPLE_ROWS", NUM_ROWS)


def prepared(folder: Path, csv: Path | None = None, **changes: object) -> Recipe:
    return prepare(folder, csv, **{"model": None, "num_train_rows": 640, "turn_steps": 10, **changes})


def parts(recipe: Recipe) -> dict[str, EncodedPart]:
    return {name: read_part(recipe.part(name), MAX_SEQ_LENGTH, 3) for name in ("train", "validation", "held_out")}


def test_the_inputs_are_whole_batches_of_rows_as_the_product_makes_them(tmp_path):
    recipe = prepared(tmp_path / "bench")
    found = parts(recipe)
    assert recipe.max_seq_length == 128, "the customer's"
    assert len(found["train"]) == recipe.num_train_rows == 640
    assert recipe.mean_tokens == pytest.approx(found["train"].lengths.mean())
    assert len(set(found["train"].weights.tolist())) == 3, "a weight a class"
    assert set(found["train"].labels) == set(found["held_out"].labels) == {0, 1, 2}
    assert len(found["held_out"]) > 200
    assert read_recipe(recipe.path) == recipe


def test_no_text_is_both_trained_on_and_judged_by(tmp_path):
    found = parts(prepared(tmp_path / "bench"))
    texts = {name: {tuple(ids) for ids in part.tokens} for name, part in found.items()}
    assert not texts["train"] & (texts["validation"] | texts["held_out"])
    assert not texts["validation"] & texts["held_out"]


def test_the_same_reviews_from_a_file_make_the_same_inputs(tmp_path):
    csv = tmp_path / "reviews of mine.csv"
    csv.write_bytes(to_csv_bytes(make_reviews(NUM_ROWS)))
    made_up, read = prepared(tmp_path / "a"), prepared(tmp_path / "b", csv)
    for name in ("train", "validation", "held_out"):
        assert made_up.part(name).read_bytes() == read.part(name).read_bytes()


def test_fewer_reviews_than_asked_for_are_cut_to_whole_batches(tmp_path):
    recipe = prepared(tmp_path / "bench", num_train_rows=10**6)
    assert 900 < recipe.num_train_rows < NUM_ROWS
    assert recipe.num_train_rows % BATCH_SIZE == 0


def test_a_file_that_is_not_there_and_too_few_rows_are_named(tmp_path):
    with pytest.raises(LocalError, match=r"CSV: .*nothing.csv is not a file"):
        prepared(tmp_path / "bench", tmp_path / "nothing.csv")
    with pytest.raises(LocalError, match="32 training rows: too few to measure on; give at least 64"):
        prepared(tmp_path / "bench", num_train_rows=63)


def test_an_encoder_that_cannot_read_so_many_tokens_is_named(tmp_path, tiny_bert):
    with pytest.raises(ConfigError, match="reads at most 64 tokens"):
        prepared(tmp_path / "bench", model=str(tiny_bert))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """No training: races and programs leave what they would have found. ``asked`` holds what they were asked for."""
    asked: dict[str, object] = {"programs": [], "watcher": ""}

    def race(contenders, recipe, say, *, num_rounds=None, tolerant=False):
        asked[contenders[0].name] = (num_rounds, tolerant)
        speed = {"customer": 6.0, "trainer": 5.0, "trainer-tuned": 1.5}
        laps = {one.name: make_lap(9.0, *[speed.get(one.name, 1.0)] * 3, finished=num_rounds is None) for one in contenders}
        say(1, laps)
        return laps

    def run_program(program, recipe, *names):
        asked["programs"].append(program)
        labels = [0, 1, 2] * 20
        found = {
            "probe": (MACHINE, A_MACHINE.model_dump()),
            "judge": (PREDICTIONS, dict.fromkeys(("validation", "held_out"), dict.fromkeys(("labels", *names), labels))),
            "watch_cost": (WATCH_COST, {"ratio": 1.01, "low": 0.99, "high": 1.02, "own": 0.011}),
        }
        if program == "watch_cost" and asked["watcher"]:
            return str(asked["watcher"])
        (recipe.folder / found[program][0]).write_text(json.dumps(found[program][1]))
        return ""

    monkeypatch.setattr(bench, "race", race)
    monkeypatch.setattr(bench, "run_program", run_program)
    monkeypatch.setenv("REVIEWLOOP_HOME", str(tmp_path / "home"))
    return asked


def test_the_whole_benchmark_is_shown_and_kept(played, tmp_path, capsys):
    assert bench.main(["--train-rows", "320"]) == 0
    told = capsys.readouterr().out
    titles = ("Speed", "Quality after 2 epochs", "What differs", "Parts of ours", "Cost of the watcher")
    for words in (*titles, "no GPU here", "round  1"):
        assert words in told, words
    assert told.count("met: ") == 4
    kept = json.loads((tmp_path / "home" / "bench" / "results.json").read_text())
    assert set(kept["laps"]) == {contender.name for contender in CONTENDERS}
    assert kept["watch_cost"]["value"] == 1.01
    assert "| ours |" in (tmp_path / "home" / "bench" / "bench.md").read_text()
    assert played["customer"] == (None, False)
    assert played["as-shipped"] == (bench.ABLATION_ROUNDS, True)


def test_the_quick_version_measures_speed_alone_and_says_so(played, capsys):
    assert bench.main(["--quick", "--train-rows", "320"]) == 0
    told = capsys.readouterr().out
    assert "The quick version: speed alone" in told
    assert "not measured: equal quality" in told
    assert played["programs"] == ["probe"]
    assert played["customer"] == (4, False)


def test_a_watcher_that_cannot_be_measured_is_said_not_hidden(played, capsys):
    played["watcher"] = "Traceback\nModuleNotFoundError: no watcher"
    assert bench.main(["--train-rows", "320"]) == 0
    assert "The watcher's cost was not measured: ModuleNotFoundError: no watcher" in capsys.readouterr().out


def test_a_contender_that_fails_ends_the_benchmark_in_words(played, monkeypatch, capsys):
    def fail(*_, **__):
        raise ContenderFailed("ours failed; its log ends:\nboom")

    monkeypatch.setattr(bench, "race", fail)
    assert bench.main(["--train-rows", "320"]) == 1
    assert capsys.readouterr().err == "reviewloop: ours failed; its log ends:\nboom\n"


def test_a_file_without_reviews_is_refused_in_words(played, tmp_path, capsys):
    csv = tmp_path / "other.csv"
    pd.DataFrame({"a": [1]}).to_csv(csv, index=False)
    assert bench.main(["--csv", str(csv)]) == 1
    assert capsys.readouterr().err.startswith("reviewloop: contract: other.csv: header: missing column")


def test_an_earlier_benchmark_is_cleared_away(played, tmp_path):
    left = tmp_path / "home" / "bench" / "ours" / "result.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    assert bench.main(["--quick", "--train-rows", "320"]) == 0
    assert not left.exists()


def test_parts_of_ours_are_nothing_without_ours(played, monkeypatch, capsys):
    race = bench.race

    def fail_among_its_parts(contenders, *arguments, **options):
        laps = race(contenders, *arguments, **options)
        if "as-shipped" in laps:
            laps["as-shipped"].failure = "boom"
        return laps

    monkeypatch.setattr(bench, "race", fail_among_its_parts)
    assert bench.main(["--train-rows", "320"]) == 1
    assert capsys.readouterr().err == "reviewloop: ours failed: boom\n"
