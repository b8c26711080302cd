"""The DAGs parse, they are those that are named here, and parsing them stays cheap."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOP = {"reviews_ingest", "reviews_features", "sentiment_train", "sentiment_release", "sentiment_score", "sentiment_monitor"}
NAMES = LOOP | {
    "alerts_tend",
    "captures_collect",
    "costs_reap",
    "deploy_watch",
    "feature_store",
    "labels_check",
    "lake_crawl",
    "lake_retain",
    "product_watch",
    "reviews_annotate",
    "reviews_corrections",
    "sentiment_leaderboard",
    "sentiment_override",
    "sentiment_rollback",
    "sentiment_rollout",
    "warehouse_load",
}
HEAVY = {
    "torch",
    "transformers",
    "great_expectations",
    "evidently",
    "mlflow",
    "sklearn",
    "skops",
    "feast",
    "matplotlib",
    "duckdb",
    "optuna",
}


def test_the_dags_are_exactly_those_that_are_named(dags):
    assert set(dags) == NAMES
    assert {path.stem for path in (ROOT / "dags").glob("*.py")} == NAMES


def test_parsing_imports_no_heavy_library():
    code = (
        "import sys; from airflow.dag_processing.dagbag import DagBag; bag = DagBag(); "
        f"assert len(bag.dags) == {len(NAMES)}, bag.import_errors; print(*({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    heavy = done.stdout.splitlines()[-1].split()
    assert heavy == [], f"parsing dags/ imports {heavy}: import them inside the function that needs them"


def test_the_plugin_loader_sees_one_file_and_leaves_the_package_alone():
    code = (
        "import sys; from airflow.plugins_manager import _get_plugins, get_fastapi_plugins; "
        "plugins, errors = _get_plugins(); assert not errors, errors; "
        "assert 'fastapi' not in sys.modules, 'the plugin must not import the web app in every process'; "
        "print([p.name for p in plugins].count('reviewloop'), get_fastapi_plugins()[0][0]['url_prefix'], 'wiring' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "1 /reviewloop False"
