"""**The data warehouse holds each day's curated reviews and predictions as the lake does.**

Looks up which days of the tables `reviews` and `predictions` are in Redshift, and loads those of which another batch counts in
the lake: new days, corrected ones, and days of which words were erased. A day is replaced in one transaction: nobody reads half
of it.

- **Starts**: whenever `reviews_curated` or `sentiment_scored` tells of a day, and 07:00 UTC every day, for what no event told;
  by hand. Where no warehouse is configured (`warehouse` is null), by hand alone, and it is skipped.
- **Params**: `day`, to load that day, also again (empty: every day that differs; the first run so loads the whole past).
- **Idempotent**: yes. A day that is loaded again has the same rows, and an older batch never takes a newer one's place.
- **Resume**: clear the failed mapped task; the other days are loaded all the same.
- **Leaves behind**: the tables, and in `loads` a row a day: which batch, how many rows, since when.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag

from reviewloop.config import load_config
from reviewloop.steps.warehouse.find_unloaded import find_unloaded
from reviewloop.steps.warehouse.load_day import load_day
from reviewloop.steps.warehouse.prepare_warehouse import prepare_warehouse
from reviewloop_airflow.assets import CURATED, SCORED
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import most_mapped, param
from reviewloop_airflow.wiring import FromRun, step

MORNINGS = CronTriggerTimetable("0 7 * * *", timezone="UTC")


@dag(
    **DAG_DEFAULTS,
    schedule=AssetOrTimeSchedule(timetable=MORNINGS, assets=CURATED | SCORED) if load_config().warehouse else None,
    doc_md=__doc__,
    tags=["warehouse"],
    params={
        "day": Param(
            None, type=["null", "string"], format="date", title="Day", description="A day to load; empty: all that differ."
        )
    },
)
def warehouse_load() -> None:
    """Prepare, look, load."""
    prepared = step(prepare_warehouse)()
    unloaded = step(find_unloaded)(day=FromRun(param("day")), most=FromRun(most_mapped))
    prepared >> unloaded
    # One load waits for the other in Redshift: more at once would only wait there.
    step(load_day, max_active_tis_per_dagrun=2).expand(unloaded=unloaded)


warehouse_load()
