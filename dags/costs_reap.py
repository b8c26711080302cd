"""**What costs money on AWS and nobody needs any more is found, told, and taken away where that is asked for.**

Asks AWS what became of the jobs whose money is reserved and gives back to the month's budget what they left over. Then looks at
every training job, Batch job and endpoint that carries this deployment's tags: those that are expired go, if `apply` says so.

- **Starts**: 06:00 UTC every day; by hand.
- **Params**: `apply`, take away what is expired (off: it is only told).
- **Idempotent**: yes. What is gone is gone, and a job is settled once.
- **Resume**: clear the failed task, or wait for tomorrow. Where nothing of this deployment is on AWS `reap_expired` is skipped.
- **Leaves behind**: a line for each thing in the log of `reap_expired`; what a person should look at is told as a warning. It
  touches only what carries our tags and is expired, and never an endpoint of the champion or of a rollout's challenger.
"""

from airflow.sdk import CronTriggerTimetable, Param, dag

from reviewloop.steps.costs.reap_expired import reap_expired
from reviewloop.steps.costs.settle_budget import settle_budget
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("0 6 * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["costs"],
    params={"apply": Param(False, type="boolean", title="Apply", description="Take away what is expired; off: only tell.")},
)
def costs_reap() -> None:
    """Settle, then reap."""
    settled = step(settle_budget)()
    settled >> step(reap_expired, trigger_rule="all_done")(apply=FromRun(param("apply")))


costs_reap()
