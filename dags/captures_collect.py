"""**What the endpoint has captured becomes a table, and is not kept for ever.**

Requests and answers become rows of the Glue table `captures`, one for each review, with what the challenger read in shadow and what
somebody said of it later. What a machine ships late changes the partition of its own day.

- **Starts**: every hour; by hand for one day.
- **Params**: `day`, a day of requests (empty: every day that is kept).
- **Idempotent**: yes. Where nothing is new, nothing changes; two runs at once leave one whole partition.
- **Resume**: clear the failed task.
- **Leaves behind**: partitions of the table `captures`; ask it with `python -m reviewloop query`. Days older than
  `captures.retention_days` are deleted.
"""

from airflow.sdk import CronTriggerTimetable, Param, dag

from reviewloop.steps.captures.collect_captures import collect_captures
from reviewloop.steps.captures.expire_captures import expire_captures
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("10 * * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["data", "inference"],
    params={"day": Param(None, type=["null", "string"], format="date", title="Day", description="Of the requests; empty: all.")},
)
def captures_collect() -> None:
    """Collect, and delete what is too old."""
    step(collect_captures)(day=FromRun(param("day"))) >> step(expire_captures, trigger_rule="none_failed")()


captures_collect()
