"""**A delivery that comes after its day was landed starts the day again.**

Compares the inbox with what was landed of each day. Where another object lies there now, `reviews_ingest` is started for the
day, under a run id that names the object: each correction is taken in once, without a person, whether it comes in the middle of
the day's run or weeks later.

- **Starts**: every ten minutes.
- **Params**: none.
- **Idempotent**: yes. A correction whose run is there already starts no other one, however that run ended.
- **Resume**: nothing to do, the next run looks again. A correction that a gate refused waits for the next correction.
- **Leaves behind**: runs of `reviews_ingest`.
"""

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronTriggerTimetable, dag

from reviewloop_airflow.days import days_to_start
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["reviews", "data"],
)
def reviews_corrections() -> None:
    """Look, start."""
    TriggerDagRunOperator.partial(
        task_id="start_day",
        task_display_name="Start day",
        trigger_dag_id="reviews_ingest",
        skip_when_already_exists=True,
        doc_md="Starts `reviews_ingest` for a corrected day; skipped where the correction has its run already.",
    ).expand_kwargs(step(days_to_start)())


reviews_corrections()
