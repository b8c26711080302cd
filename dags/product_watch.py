"""**Of which product do customers complain more than they used to?**

Adds up the complaints of the last days about each product, class and department, beside what is usual for it: by stars, by the
champion's answers where there are none, the endpoint's traffic among them. The page (Report) ranks the products, says what
complaints are about, and shows the reviews. Of clean weeks at most 5 % hold an alarm (`products.false_discovery_rate`).

- **Starts**: whenever `sentiment_scored` tells of a scored day (one mapped task each), and every morning for the day before, since
  the endpoint's reviews come without a delivery; by hand for one day.
- **Params**: `day`, the day to look at (empty: the days that started the run, or yesterday).
- **Idempotent**: yes. The same batches have one page; an older day changes nothing of what alarms now.
- **Resume**: clear the failed mapped task. A skipped `announce_products` is normal: complaints are as usual.
- **Leaves behind**: pages under `reports/products`, alerts that end when a product is calm again, and the asset
  `product_complaints` where something alarms: a DAG of yours on it may open a ticket or call a webhook.
"""

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag

from reviewloop.steps.products.announce_products import announce_products
from reviewloop.steps.products.watch_products import watch_products
from reviewloop_airflow.assets import PRODUCTS, SCORED
from reviewloop_airflow.days import days_to_watch
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param, scored_days
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 5 * * *", timezone="UTC"), assets=SCORED),
    doc_md=__doc__,
    tags=["monitoring"],
    params={"day": Param(None, type=["null", "string"], format="date", title="Day", description="The day to look at.")},
)
def product_watch() -> None:
    """Look at each day, announce what alarms."""
    days = step(days_to_watch, inlets=[SCORED])(scored=FromRun(scored_days), day=FromRun(param("day")))
    watched = step(watch_products).expand(day=days)
    step(announce_products, outlets=[PRODUCTS], trigger_rule="none_failed")(watched)


product_watch()
