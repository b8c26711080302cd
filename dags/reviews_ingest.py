"""**One day's reviews, from the producer's inbox to curated rows that passed every gate.**

Waits for the day's one object under `inbox/reviews/<day>/`, keeps it unchanged, parses it (bad rows are set aside with their
reasons), validates the batch, looks for bias, has the champion read it (what is unusual to it is told, and stops nothing), writes
the day's rows, counts them back through Athena and, last of all, lets them count. A gate that refuses stores its report (the
button "Report" of the task), then stops the day: nothing of it gets through, and what counted before goes on counting.

- **Starts**: every night at 01:00 UTC for the day before; by hand for any day.
- **Params**: `day`, the day to take in (empty: the day before the run); `accept_late`, a person's word that a new day may be
  older than `quality.max_late_days` before the newest one, which is refused otherwise. A correction is never late.
- **Idempotent**: yes. The same object gives the same artifacts; an object that landed later takes the day's place, one that
  landed earlier never does: its run ends with `publish_day` skipped as superseded.
- **Resume**: clear the failed task. After a refused delivery, put the mended object in the place of the old one and run the
  day again.
- **Leaves behind**: the asset `reviews_curated`. Not over after `alerts.silent_hours`, with no day monitored meanwhile, it is told.
"""

from datetime import timedelta

from airflow.sdk import AsyncCallback, CronTriggerTimetable, DeadlineAlert, DeadlineReference, Param, dag

from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop.steps.ingest.check_bias import check_bias
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.read_with_champion import read_with_champion
from reviewloop.steps.ingest.validate import validate
from reviewloop_airflow.alerts import no_monitor
from reviewloop_airflow.assets import CURATED
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param
from reviewloop_airflow.sensors import DeliverySensor
from reviewloop_airflow.wiring import FromRun, step

LATE = timedelta(hours=load_config().alerts.silent_hours)
DAY = "{{ params.day or (data_interval_start | default(dag_run.run_after.subtract(days=1), true)) | ds }}"


@dag(
    **DAG_DEFAULTS | {"max_active_runs": 4, "allowed_run_types": None},  # past days may be taken in by a backfill
    schedule=CronTriggerTimetable("0 1 * * *", timezone="UTC", interval=timedelta(days=1)),
    deadline=DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, LATE, AsyncCallback(no_monitor), name="no monitor"),
    doc_md=__doc__,
    tags=["reviews", "data"],
    params={
        "day": Param(None, type=["null", "string"], format="date", title="Day", description="Day to take in; empty: yesterday."),
        "accept_late": Param(False, type="boolean", title="Accept a late day", description="Let in an old day as if it were new."),
    },
)
def reviews_ingest() -> None:
    """Land, parse, validate, check bias, read, curate, count, publish."""
    delivered = DeliverySensor(
        task_id="wait_for_delivery",
        bucket_name=settings().bucket,
        bucket_key=f"{load_config().dataset.inbox_prefix}/{DAY}/*",
    )
    delivery = step(land)(day=DAY)
    batch = step(parse)(delivery)
    validated = step(validate)(batch, accept_late=FromRun(param("accept_late")))
    unbiased = step(check_bias)(batch)
    read = step(read_with_champion)(batch)
    curated = step(curate)(batch)
    delivered >> delivery
    validated >> unbiased >> read >> curated
    counted = step(check_counts)(curated)
    step(publish_day, outlets=[CURATED])(counted)


reviews_ingest()
