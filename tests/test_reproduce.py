"""A version is made again by the function that trained it; what differs is named, and what is missing is named before that."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop import config, reproduce
from reviewloop.adapters.jobs.backends.local import LocalBackend
from reviewloop.adapters.lake import artifacts, frames, places, s3, signatures
from reviewloop.adapters.provenance import provenance
from reviewloop.core.lineage.inputs import Comparison, compared, first_difference
from reviewloop.core.release.events import Draft, program
from reviewloop.core.statistics.bootstrap import Difference
from reviewloop.machine import arithmetic
from reviewloop.models import baseline_folder
from reviewloop.models.baseline_folder import write_baseline
from reviewloop.models.pyfunc import write_mlmodel
from reviewloop.reproduce import main
from reviewloop.settings import settings
from reviewloop_local.bench_trace import stories

WORDS = (("hate", "torn", "cheap"), ("okay", "meh", "average"), ("love", "great", "perfect"))


def rows(num: int, seed: int, wrong: bool = False) -> pd.DataFrame:
    """Texts whose words give their class away; ``wrong``: another class than theirs."""
    draw = np.random.default_rng(seed)
    labels = np.arange(num) % 3
    texts = [" ".join(draw.choice(WORDS[label], 4)) + f" w{draw.integers(9)}" for label in labels]
    return pd.DataFrame({"model_text": texts, "label": (labels + wrong) % 3, "weight": [1.0] * num})


class Made:
    """A lake in memory with version 1, a baseline, and what the ledger tells of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = enter(World(), monkeypatch)
        self.train, self.validation = rows(240, 1), rows(60, 2)
        parts = {"train.parquet": frames.to_parquet(self.train), "validation.parquet": frames.to_parquet(self.validation)}
        self.snapshot = artifacts.publish(places.features(), parts, {"batches": {}})
        here = provenance()
        self.lineage = {
            "features_uri": self.snapshot.uri, "features_digest": self.snapshot.digest, "code_digest": here.code_digest,
            "lock_digest": here.lock_digest, "git_commit": here.git_commit, "seed": "7", "epochs": "2", "learning_rate": "0.0001",
            "max_seq_length": "64", "base_model": "package:none", "base_model_pin": "sha256:ab",
            "training_digest": config.load_config().digest("training"),
        }  # fmt: skip

    def publish(self, train: pd.DataFrame | None = None, about: dict[str, Any] | None = None, **changed: str) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_baseline(
                self.train if train is None else train, self.validation, config.load_config().training.baseline, 7, folder
            )
            write_mlmodel(folder, "job", "run")
            files = {path.name: path for path in folder.iterdir()}
            meta = {"about": about or {"kind": "baseline"}, "cpu": arithmetic()}
            model = artifacts.publish(places.models("baseline"), files, meta)
            signatures.sign(model)
        lineage = {name: value for name, value in (self.lineage | changed).items() if value}
        facts = {"job_key": "job", "verdict": "passed", "lineage": lineage}
        told = {"job_key": "job", "source": model.uri}
        stories.lay(stories.chain([
            Draft("judged", program("gate_model"), None, model.digest, facts),
            Draft("registered", program("register"), "1", model.digest, told),
        ]))  # fmt: skip


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Made:
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path))
    settings.cache_clear()
    yield Made(monkeypatch)
    settings.cache_clear()


def test_the_same_inputs_give_the_same_bits(made: Made, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made.publish()
    assert main(["1", "--to", str(tmp_path / "kept")]) == 0
    said = capsys.readouterr().out
    assert [line.partition(":")[0] for line in said.splitlines()[:6]] == [
        "data", "code", "configuration", "libraries", "settings", "processor",
    ]  # fmt: skip
    assert "differs" not in said
    assert said.endswith("every file that was trained is the same, bit for bit\nversion 1 is bit-equal\n")
    assert (tmp_path / "kept" / "model.skops").exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_another_configuration_is_named_and_its_effect_measured(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made.publish()
    loaded = config.load_config()
    weaker = loaded.training.model_copy(update={"baseline": loaded.training.baseline.model_copy(update={"c": 0.5})})
    monkeypatch.setattr(config, "load_config", lambda: loaded.model_copy(update={"training": weaker}))
    assert main(["1"]) == 0
    said = capsys.readouterr().out
    assert "model.skops differ; of 60 validation rows 0 are answered differently" in said
    assert "version 1 is equal within noise; the first input that differs: configuration: differs: was" in said


def test_a_version_that_was_made_of_something_else_is_not_equal(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever registered it said that these were its inputs; they are not."""
    made.publish(train=rows(240, 1, wrong=True))
    assert main(["1"]) == 1
    assert capsys.readouterr().out.endswith("version 1 is not equal\n")


def no_training(*_: object) -> None:
    raise AssertionError("it was trained")


@pytest.mark.parametrize(
    ("lack", "line"),
    [
        ({"features_uri": ""}, "data: missing: was not told, now no event tells which snapshot it was"),
        ({"epochs": ""}, "settings: missing: was not told, now not told: epochs"),
        ({"features_digest": "0" * 64}, "data: missing: was 0000"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_trained(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lack: dict[str, str], line: str
) -> None:
    made.publish(**lack)
    monkeypatch.setattr(baseline_folder, "write_baseline", no_training)
    assert main(["1"]) == 1
    said = capsys.readouterr()
    assert line in said.out
    assert "version 1 cannot be made again" in said.err
    assert "nothing was trained" in said.err


def test_data_and_weights_that_are_gone_are_missing(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.publish(about={"kind": "transformer"})
    del made.world.objects[s3.split_uri(f"{made.snapshot.uri}/train.parquet")[1]]
    assert main(["1"]) == 1
    said = capsys.readouterr()
    assert "package:none names no installed package" in said.out
    assert "data, weights missing" in said.err


def test_what_nobody_noted_is_neither_the_same_nor_different(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    made.publish(training_digest="")
    assert main(["1", "--check"]) == 0
    assert "configuration: not told what it was; now" in capsys.readouterr().out


def test_a_transformer_is_made_by_the_training_program(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_bert: Path
) -> None:
    """The program itself is tried in tests/training; here it is seen that it is asked for these very inputs."""
    asked = []

    def submit(self: LocalBackend, spec: Any) -> str:
        asked.append(spec)
        folder = self._root / spec.name / "model"
        folder.mkdir(parents=True)
        write_baseline(made.train, made.validation, config.load_config().training.baseline, 7, folder)
        return str(spec.name)

    monkeypatch.setattr(LocalBackend, "submit", submit)
    monkeypatch.setattr(LocalBackend, "status", lambda *_: "succeeded")
    monkeypatch.setattr(LocalBackend, "result", lambda *_: None)
    made.publish(about={"kind": "transformer"}, base_model=str(tiny_bert), base_model_pin=reproduce_pin(tiny_bert))
    assert main(["1"]) == 0
    (spec,) = asked
    assert (spec.features_uri, spec.parameters["seed"], spec.parameters["epochs"]) == (made.snapshot.uri, 7, 2)
    assert (spec.parameters["max_seq_length"], spec.parameters["learning_rate"]) == (64, 1e-4)
    assert "weights: same" in capsys.readouterr().out


def reproduce_pin(folder: Path) -> str:
    from reviewloop.models.encoder.pretrained import pin

    return pin(str(folder))


def test_a_version_that_nobody_registered_gets_a_line(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["8"]) == 1
    assert capsys.readouterr().err == "reproduce: the ledger knows no version 8\n"


def test_the_first_difference_and_noise() -> None:
    inputs = [compared("data", "a", "a"), compared("code", "", "b"), compared("lock", "a", "b"), compared("cpu", "x", "y")]
    first = first_difference(inputs)
    assert first is not None
    assert first.name == "lock"
    assert Comparison(("m",), 1, 1, 0.1, Difference(0.1, 0.01, 0.2, 0.9)).verdict == "not equal"
    assert Comparison(("m",), 1, 1, 0.1, Difference(-0.1, -0.2, 0.0, 0.1)).verdict == "equal within noise"
    assert Comparison(("m",)).verdict == "not equal", "without answers nothing says that it is noise"
    assert reproduce.Recipe("1", "baseline", "", "", "", "", tuple(inputs), None).missing == ()
