"""The lesson "Add a task" of our own text, done word by word in a copy of the DAG folder."""

import importlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.refs import CuratedRef
from reviewloop.steps import ingest
from reviewloop_airflow.wiring import ReportLink

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = re.compile(r"^    (?:\w+ = )?step\(publish_day, outlets=\[CURATED\]\)\(counted\)\n", re.MULTILINE)
"""The line that the lesson replaces; whoever did as it says, and kept the task, has it with a name for what it returns."""


def lesson() -> list[str]:
    """The Python blocks of the section, in whichever of our texts it stands."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        section = re.search(r"^## Add a task\n(.*?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        if section:
            return re.findall(r"^```python\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    raise AssertionError("no text has a section 'Add a task'")


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The new task, as Airflow parses it out of the changed DAG file."""
    from airflow.dag_processing.dagbag import DagBag

    step, imported, wired = lesson()
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "pick_helpful.py").write_text(step)
    monkeypatch.setattr(ingest, "__path__", [*ingest.__path__, str(tmp_path / "steps")])
    monkeypatch.delitem(sys.modules, f"{ingest.__name__}.pick_helpful", raising=False)
    importlib.invalidate_caches()
    folder = tmp_path / "dags"
    shutil.copytree(ROOT / "dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "reviews_ingest.py").read_text()
    last_import = text.rindex("\nfrom ") + 1
    changed, places = PUBLISHED.subn(lambda _: wired, text[:last_import] + imported + text[last_import:])
    assert places == 1, f"dags/reviews_ingest.py has {places} lines like the one that the lesson replaces: {PUBLISHED.pattern}"
    (folder / "reviews_ingest.py").write_text(changed)
    bag = DagBag(dag_folder=str(folder))
    assert not bag.import_errors, "\n".join(bag.import_errors.values())
    return bag.dags["reviews_ingest"].get_task("pick_helpful")


def test_the_dag_parses_and_the_task_comes_last(operator):
    assert operator.upstream_task_ids == {"publish_day"}
    assert operator.task_display_name == "Pick helpful"
    assert "most helpful review" in operator.doc_md


@pytest.mark.contract
def test_the_task_runs_and_its_page_is_its_report(operator, lake):
    rows = pd.DataFrame({"review_id": [1, 2, 3], "positive_feedback": [4, 9, 9], "text": ["a", "b", "c"]})
    artifact = artifacts.publish(s3.lake_uri("curated", "reviews"), {"reviews.parquet": to_parquet(rows)}, {})
    curated = CuratedRef(
        day="2026-01-02", batch="b", uri=artifact.uri, digest=artifact.digest, num_landed=3, num_rows=3, num_quarantined=0
    )

    operator.op_args = (curated,)
    uri = type(operator).execute.__wrapped__(operator, {"outlet_events": {}, "run_id": "manual__1"})

    assert s3.read_json(uri) == {"review_id": 2, "positive_feedback": 9, "text": "b"}
    assert ReportLink().get_link(operator, ti_key=None) == "/reviewloop/pages/reports/helpful/2026-01-02.json"
