"""**What the endpoint has captured becomes a table, and is not kept for ever.**

Requests and answers become rows of the Glue table `captures`, one for each review, with what the challenger read in shadow and what
somebody said of it later. What a machine ships late changes the partition of its own day.

A day that is over is compared with what the champion was judged on, as a scored day is, and votes beside those: what its drift
leads to is decided when `sentiment_monitor` runs next.

- **Starts**: every hour; by hand for one day.
- **Params**: `day`, a day of requests (empty: every day that is kept).
- **Idempotent**: yes. Where nothing is new, nothing changes; two runs at once leave one whole partition.
- **Resume**: clear the failed task, or mapped task. A skipped `find_traffic` is normal: every day that is over was watched.
- **Leaves behind**: partitions of the table `captures`; ask it with `python -m reviewloop query`. Pages under `reports/captures`
  and `reports/traffic`. Days older than `captures.retention_days` are deleted.
"""

from airflow.sdk import CronTriggerTimetable, Param, dag

from reviewloop.steps.captures.collect_captures import collect_captures
from reviewloop.steps.captures.expire_captures import expire_captures
from reviewloop.steps.monitor.find_traffic import find_traffic
from reviewloop.steps.monitor.watch_traffic import watch_traffic
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
    """Collect, watch what is over, and delete what is too old."""
    collected = step(collect_captures)(day=FromRun(param("day")))
    collected >> step(expire_captures, trigger_rule="none_failed")()
    step(watch_traffic).expand(day=step(find_traffic)(captures=collected))


captures_collect()
