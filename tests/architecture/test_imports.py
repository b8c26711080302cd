"""The walls between the rooms; those between modules are import-linter's, which `make check` runs."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "include" / "reviewloop"
HEAVY_ROOMS = {"training", "serving"}


def run(code):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if parts[1] not in HEAVY_ROOMS and parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_the_product_runs_where_airflow_is_not_installed():
    names = list(modules())
    assert len(names) > 20
    code = f"import sys, importlib; sys.modules['airflow'] = None; [importlib.import_module(name) for name in {names!r}]"
    done = run(code)
    assert done.returncode == 0, f"reviewloop must not import airflow:\n{done.stderr[-3000:]}"


def test_the_block_of_airflow_bites():
    done = run("import sys; sys.modules['airflow'] = None; import airflow.sdk")
    assert "ModuleNotFoundError" in done.stderr or "ImportError" in done.stderr


def test_no_dag_imports_another():
    names = {path.stem for path in (ROOT / "dags").glob("*.py")}
    for path in (ROOT / "dags").glob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].split(".")[0] not in names, f"{path.name}: DAGs meet through assets: {line}"


OPENERS = (
    "features.build_features",
    "labels.correct_sealed",
    "leaderboard.judge_winner",
    "monitor.compared",
    "train.analyse_errors",
    "train.choose",
    "train.evaluate",
    "train.gate_model",
)
TRAINING_PATHS = (
    "steps.train.take_features",
    "steps.train.begin_training",
    "steps.train.train_baseline",
    "steps.train.finetune",
    "training.finetune",
    "adapters.leaderboard.program",
    "adapters.leaderboard.search_program",
    "steps.leaderboard.plan_search",
    "steps.leaderboard.answer_kind",
    "steps.leaderboard.rank_kinds",
)


def test_no_training_path_reaches_the_door_to_the_sealed_part():
    """Import-linter guards this too; here the walk is seen to find the door where it is, so that finding none means something."""
    code = f"""
import grimp
graph = grimp.build_graph("reviewloop", cache_dir=None)
door = "reviewloop.adapters.lake.sealed"
print(sorted(graph.find_modules_that_directly_import(door)))
print([name for name in {TRAINING_PATHS!r} if graph.chain_exists(importer="reviewloop." + name, imported=door)])
print([name for name in {TRAINING_PATHS!r} if "reviewloop." + name not in graph.modules])
print(graph.chain_exists(importer="reviewloop.steps.train.evaluate", imported=door))
"""
    done = run(code)
    assert done.returncode == 0, done.stderr[-2000:]
    importers, reached, unknown, found = done.stdout.splitlines()
    assert importers == str([f"reviewloop.steps.{name}" for name in OPENERS])
    assert reached == "[]"
    assert unknown == "[]"
    assert found == "True"


def test_only_the_door_unlocks_the_sealed_part():
    users = [path.name for path in PACKAGE.rglob("*.py") if "reading_sealed" in path.read_text()]
    assert sorted(users) == ["s3.py", "sealed.py"]


def test_no_training_path_knows_where_sealed_rows_lie():
    """Neither the sealed part nor the predictions of an evaluation, which hold the same rows with their labels."""
    paths = [*(PACKAGE / "training").rglob("*.py"), PACKAGE / "steps/train/train_baseline.py", PACKAGE / "steps/train/finetune.py"]
    jobs = list((PACKAGE / "adapters" / "jobs").rglob("*.py"))
    assert len(jobs) > 15
    paths += jobs
    words = ("sealed_uri", "predictions_uri", "reference_uri", "places.sealed", "places.evaluations", '"sealed"', '"evaluations"')
    found = [f"{path.name}: {word}" for path in paths for word in words if word in path.read_text()]
    assert found == []
