"""House rules over every DAG. A broken one says what to write where."""

import ast
from pathlib import Path

import pytest
from airflow.sdk import BaseOperator

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
MAX_CODE_LINES = 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_function_and_dag_have_one_name(path, dags):
    functions = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    assert functions == [path.stem], f"{path.name}: define one function, {path.stem}, decorated with @dag"
    assert path.stem in dags, f"{path.name}: call {path.stem}() at the end of the file"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_short(path):
    manual = ast.get_docstring(ast.parse(path.read_text()), clean=False) or ""
    lines = len(path.read_text().splitlines()) - len(manual.splitlines())
    assert lines <= MAX_CODE_LINES, f"{path.name}: {lines} lines beside the manual; a DAG says what, when, who: move the rest"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_catchup_is_false_and_said(path, dags):
    assert "DAG_DEFAULTS" in path.read_text(), f"{path.name}: write @dag(**DAG_DEFAULTS, ...), which says catchup=False"
    assert dags[path.stem].catchup is False, f"{path.name}: set catchup=False: switching a DAG on must not run the past"


def test_no_dag_has_a_past_to_run(dags):
    for dag in dags.values():
        assert dag.start_date is None, f"{dag.dag_id}: drop start_date, it makes a past date due as soon as the DAG is switched on"


def test_a_backfill_trains_releases_and_scores_nothing(dags):
    """It passes by ``max_active_runs``: ten trainings at once, each on the newest data."""
    may = {dag.dag_id for dag in dags.values() if dag.allowed_run_types is None or "backfill" in dag.allowed_run_types}
    assert may == {"reviews_ingest"}


def test_every_dag_documents_itself(dags):
    for dag in dags.values():
        for heading in ("Starts", "Params", "Idempotent", "Resume", "Leaves behind"):
            assert f"- **{heading}**: " in (dag.doc_md or ""), f"{dag.dag_id}: its docstring lacks the line '- **{heading}**: ...'"
        assert dag.tags, f"{dag.dag_id}: give it tags=[...], people filter by them"


def test_every_param_explains_itself(dags):
    for dag in dags.values():
        for name in dag.params:
            param = dag.params.get_param(name)
            assert {"type", "title"} <= set(param.schema), f"{dag.dag_id}: Param {name} needs a type and a title"
            assert param.description, f"{dag.dag_id}: Param {name} needs a description"


def test_every_task_has_an_owner_docs_a_policy_and_a_limit(dags):
    for dag in dags.values():
        for task in dag.tasks:
            name = f"{dag.dag_id}.{task.task_id}"
            values = task.partial_kwargs if not isinstance(task, BaseOperator) else vars(task)
            assert task.owner == "reviewloop", f"{name}: take owner from DEFAULT_ARGS"
            assert (values.get("doc_md") or "").strip(), f"{name}: write the step's docstring, the UI shows it"
            assert task.retry_policy is not None, f"{name}: take retry_policy from DEFAULT_ARGS"
            assert task.retries or task.task_id == "approve", f"{name}: a lost worker must not end the run: retries >= 1"
            assert task.execution_timeout, f"{name}: a task that hangs must end: set execution_timeout"
            assert task.on_failure_callback, f"{name}: take on_failure_callback from DEFAULT_ARGS"
