"""Which code a job ran with, read from a real git checkout."""

import subprocess
from pathlib import Path

import pytest

from reviewloop.adapters.provenance import (
    CARRYING,
    JUDGING,
    MAKING,
    SHOWING,
    SNAPSHOT,
    Provenance,
    code_digest,
    deciding,
    module_digests,
    provenance,
)
from reviewloop.errors import PermanentError

HELPER = "include/reviewloop/core/helper.py"
FILES = {
    "core/helper": "# one\nA = 1\n",
    "core/metrics": "from reviewloop.core import helper\n",
    "core/floors": "",
    "core/colours": "",
    "training/loop": "from reviewloop.core import metrics\n",
    "training/finetune": "def run():\n    from reviewloop.training import loop\n",
    "pages/page": "from reviewloop.core import colours\n",
    "adapters/lake/s3": "",
    "adapters/drift": "",
    "steps/train/evaluate": "from reviewloop.adapters.lake import s3\nfrom reviewloop.pages import page\n",
    "steps/train/gate_model": "from reviewloop.core import floors\n",
}
"""Of the made-up project: what else must be there is empty."""


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project without git, with every module that decides by its name."""
    monkeypatch.delenv("REVIEWLOOP_GIT_COMMIT", raising=False)
    source = tmp_path / "include"
    needed = [f"{name.removeprefix('reviewloop.').replace('.', '/')}" for name in (*MAKING, *JUDGING, *SHOWING, *CARRYING)]
    for name, text in (dict.fromkeys(needed, "") | FILES).items():
        file = source / "reviewloop" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for folder in (source / "reviewloop").rglob("*/"):
        (folder / "__init__.py").write_text("")
        folder.with_suffix(".py").unlink(missing_ok=True)
    (source / "reviewloop/__init__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("numpy==2.4\n")
    return tmp_path


@pytest.fixture
def checkout(project: Path) -> Path:
    """The project, committed."""
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return project


def read(root: Path) -> Provenance:
    provenance.cache_clear()
    code_digest.cache_clear()
    module_digests.cache_clear()
    return provenance(root)


def test_a_clean_checkout_is_its_commit(checkout: Path) -> None:
    found = read(checkout)
    assert (found.git_commit, found.git_dirty) == (git(checkout, "rev-parse", "HEAD"), False)


def test_a_changed_or_a_new_file_makes_it_dirty_but_notes_beside_it_do_not(checkout: Path) -> None:
    (checkout / "notes.txt").write_text("mine")
    assert not read(checkout).git_dirty
    (checkout / "include/new.py").write_text("B = 1\n")
    assert read(checkout).git_dirty


def test_the_code_digest_follows_code_and_the_lock_digest_the_lock(checkout: Path) -> None:
    before = read(checkout)
    (checkout / HELPER).write_text("A = 2\n")
    code = read(checkout)
    assert (code.code_digest != before.code_digest, code.lock_digest == before.lock_digest) == (True, True)
    (checkout / "requirements.txt").write_text("numpy==2.5\n")
    lock = read(checkout)
    assert (lock.code_digest == code.code_digest, lock.lock_digest != code.lock_digest) == (True, True)


@pytest.mark.parametrize(
    "file",
    [
        "pages/page",
        "core/colours",
        "core/floors",
        "adapters/lake/s3",
        "adapters/drift",
        "settings",
        "config",
        "steps/train/gate_model",
    ],
)
def test_code_that_decides_nothing_leaves_the_code_digest(project: Path, file: str) -> None:
    before = read(project).code_digest
    place = project / "include/reviewloop" / file
    (place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).write_text("C = 1\n")
    assert read(project).code_digest == before


def test_a_benchmark_leaves_the_code_digest(project: Path) -> None:
    before = read(project).code_digest
    (project / "include/reviewloop_local").mkdir()
    (project / "include/reviewloop_local/bench.py").write_text("from reviewloop.core import helper\n")
    assert read(project).code_digest == before


def test_a_comment_in_code_that_decides_leaves_the_code_digest(project: Path) -> None:
    before = read(project).code_digest
    (project / HELPER).write_text('"""About A."""\n\nA = 1  # another word\n')
    assert read(project).code_digest == before


def test_an_import_from_pages_or_through_the_lake_brings_only_what_computes(project: Path) -> None:
    assert "reviewloop.core.helper" in deciding(MAKING, project)
    (project / "include/reviewloop/adapters/lake/s3.py").write_text("from reviewloop.core import colours\n")
    found = deciding(MAKING, project)
    assert ("reviewloop.core.colours" in found, "reviewloop.adapters.lake.s3" in found) == (True, False)


def test_the_code_of_the_gates_has_a_digest_of_its_own(project: Path) -> None:
    read(project)
    making, judging = code_digest(MAKING, project), code_digest(JUDGING, project)
    (project / "include/reviewloop/core/floors.py").write_text("FLOOR = 2\n")
    read(project)
    assert (code_digest(MAKING, project) == making, code_digest(JUDGING, project) == judging) == (True, False)


def test_of_a_snapshot_its_stages_decide_and_what_notes_its_making_does_not() -> None:
    names = set(module_digests(SNAPSHOT))
    stages = (
        "steps.features._pipeline",
        "core.dataset.splits",
        "core.dataset.augmentation",
        "core.weak.combine",
        "models.encoder.tokenizer",
    )
    assert {f"reviewloop.{name}" for name in stages} <= names
    assert not {"reviewloop.adapters.deployed", "reviewloop.adapters.judging", "reviewloop.adapters.imports"} & names


@pytest.mark.parametrize("name", [*MAKING, *SHOWING, *CARRYING])
def test_a_module_that_was_renamed_is_an_error_by_its_name(project: Path, name: str) -> None:
    place = project.joinpath("include", *name.split("."))
    place.rename(place.with_name("another")) if place.is_dir() else place.with_suffix(".py").rename(place.with_name("another.py"))
    with pytest.raises(PermanentError, match=rf"^{name}[\w.]*: no such module"):
        read(project)


@pytest.mark.parametrize(("told", "commit", "dirty"), [("abc123", "abc123", False), ("abc123-dirty", "abc123", True)])
def test_an_image_is_told_its_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch, told: str, commit: str, dirty: bool) -> None:
    monkeypatch.setenv("REVIEWLOOP_GIT_COMMIT", told)
    found = read(checkout)
    assert (found.git_commit, found.git_dirty) == (commit, dirty)


def test_without_git_nothing_is_claimed(project: Path) -> None:
    found = read(project)
    assert (found.git_commit, found.git_dirty) == ("unknown", True)


DECIDE = (
    "training.finetune", "training.loop", "training.seeds", "training.script_mode", "training.model_folder",
    "training.watch.watcher", "models.encoder.transformer", "models.predictor", "models.baseline", "models.encoder.pretrained",
    "core.statistics.metrics", "core.statistics.bootstrap", "core.watch_rules", "core.watch_rules.tensors",
    "core.evaluation.slices", "core.bias.after.verdicts", "core.behaviour.cases", "core.dataset.leakage",
    "adapters.behaviour_suite", "adapters.jobs.program", "adapters.lake.frames", "files", "steps.train.train_baseline",
    "steps.train.evaluate", "steps.train.choose", "steps.train.finetune",
)  # fmt: skip
DECIDE_NOTHING = (
    "pages", "steps.ingest", "steps.features", "steps.release", "steps.train.begin_training", "steps.train.analyse_errors",
    "config", "serving", "adapters.aws_errors", "adapters.catalog", "adapters.lake.s3", "adapters.lake.artifacts",
    "adapters.mlflow", "adapters.jobs.report", "adapters.jobs.backends",
    "adapters.expectations", "core.delivery", "core.profile", "core.monitoring", "core.gates.gates", "core.gates.evidence",
    "core.gates.comparison", "core.gates.served", "core.explain", "models.explain",
    "core.evaluation.error_report", "core.dataset.model_inputs",
)  # fmt: skip
"""Or decide elsewhere: the gates when a result is judged again, ``core.dataset.model_inputs`` by the features' own digest."""


def test_what_decides_in_this_project() -> None:
    found = {name.removeprefix("reviewloop.") for name in deciding(MAKING)}
    assert set(DECIDE) <= found
    wrong = {name for name in found for room in DECIDE_NOTHING if f"{name}.".startswith(f"{room}.")}
    assert wrong == set()
    assert not any("reviewloop_local" in name for name in found)


def test_what_judges_in_this_project() -> None:
    found = deciding(JUDGING)
    names = ("gates", "evidence", "comparison", "served")
    assert {f"reviewloop.core.gates.{name}" for name in names} | {"reviewloop.core.evaluation.evaluation"} <= set(found)
