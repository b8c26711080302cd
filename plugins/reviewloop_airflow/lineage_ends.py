"""The end of tries that died before they could tell it: a listener of the scheduler, beside that of Airflow's OpenLineage provider.

The provider tells of a task in the task's own process. One that is killed has told its start and nothing else
(``findings/openlineage-killed-task-has-no-end.sh``). When a DAG run is over, the scheduler knows from its database which tries have
failed: start and end of each are told, under the same run id. Where the task had told them, a receiver sees them twice. (One that
was put aside, for a trigger or a service that was away, and fails when it goes on, has told an end without a start.)
"""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

if TYPE_CHECKING:
    from airflow.models import DagRun

log = logging.getLogger(__name__)


@hookimpl
def on_dag_run_success(dag_run: "DagRun", msg: str) -> None:  # noqa: ARG001 (Airflow's signature)
    """A run may succeed whose tasks were killed and tried again."""
    _tell(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: "DagRun", msg: str) -> None:  # noqa: ARG001 (Airflow's signature)
    """The same for one that failed."""
    _tell(dag_run)


def _tell(dag_run: "DagRun") -> None:
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener

    try:
        listener = get_openlineage_listener()
        for facts in list(failed_tries(dag_run)):
            # In the pool that the provider has for this: the scheduler waits for nobody who receives events.
            listener.submit_callable(tell_failed, **facts)
    except Exception:  # lineage must never stop a scheduler
        log.warning("the ends of failed tries of %s %s were not told", dag_run.dag_id, dag_run.run_id, exc_info=True)


def failed_tries(dag_run: "DagRun") -> Iterator[dict[str, Any]]:
    """What ``tell_failed`` needs of every try of this run that began and failed, those that were tried again among them."""
    from airflow.models import TaskInstance
    from airflow.models.taskinstancehistory import TaskInstanceHistory
    from airflow.utils.session import create_session
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    attached = object_session(dag_run)
    when = dag_run.logical_date or dag_run.run_after
    of_run = {"dag_run_clear_number": dag_run.clear_number, "when": when}
    # The scheduler's own session where it has one for this run; else one beside it, which commits nothing of others.
    with nullcontext(attached) if attached else create_session(scoped=False) as session, session.no_autoflush:
        for table in (TaskInstanceHistory, TaskInstance):
            columns = (table.task_id, table.try_number, table.map_index, table.start_date, table.end_date)
            asked = select(*columns).where(
                table.dag_id == dag_run.dag_id, table.run_id == dag_run.run_id, table.state == TaskInstanceState.FAILED
            )
            for task_id, try_number, map_index, began, ended in session.execute(asked).all():
                if began is not None:  # one that never began has told no start either
                    one = {"dag_id": dag_run.dag_id, "task_id": task_id, "try_number": try_number, "map_index": map_index}
                    yield {**of_run, **one, "began": began.isoformat(), "ended": (ended or dag_run.end_date or began).isoformat()}


def tell_failed(
    *, dag_id: str, task_id: str, try_number: int, map_index: int, when: Any, dag_run_clear_number: int, began: str, ended: str
) -> None:
    """Emit start and end of one try, by the ids that the provider gives them. Runs in a process of the provider's pool."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.providers.openlineage.utils.utils import get_task_parent_run_facet

    adapter = _adapter()
    run_id = adapter.build_task_instance_run_id(
        dag_id=dag_id, task_id=task_id, try_number=try_number, logical_date=when, map_index=map_index
    )
    parent = adapter.build_dag_run_id(dag_id=dag_id, logical_date=when, clear_number=dag_run_clear_number)
    told = {
        "run_id": run_id, "job_name": f"{dag_id}.{task_id}", "task": OperatorLineage(), "nominal_start_time": None,
        "nominal_end_time": None, "owners": None, "tags": None, "job_description": None,
        "run_facets": get_task_parent_run_facet(parent_run_id=parent, parent_job_name=dag_id),
    }  # fmt: skip
    adapter.start_task(event_time=began, **told)
    adapter.fail_task(
        end_time=ended, error=f"try {try_number} of {task_id} failed; told by the scheduler when its run was over", **told
    )


@lru_cache(maxsize=1)
def _adapter() -> Any:
    from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter

    return OpenLineageAdapter()
