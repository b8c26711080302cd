"""**What the lake, and the logs, need not keep is told, and goes where that is asked for.**

Older batches of a day, parsed deliveries, files that were never written to their end, pieces of a day and answers of Athena: of
each what nothing names any more and is older than `retention` in the configuration allows. Then logs that are too old, and how
large each store is.

- **Starts**: Sundays 04:00 UTC; by hand.
- **Params**: `apply`, delete what is superseded (off, but where `retention.automatic` is set: it is only told). Logs need no word.
- **Idempotent**: yes. What is gone is gone, and comes back by itself where somebody makes it again.
- **Resume**: clear the failed task. Where ledger, registry, catalog or a snapshot cannot be read `retain_lake` deletes nothing.
- **Leaves behind**: a line for each thing in the log of `retain_lake`; of what went a record under `monitoring/retained/` in the
  lake: what, how large, why, by whose word. The home page shows the sizes. Never touched: `models/`, `sealed/`, `ledger/`,
  `features/`, `evaluations/`, `reports/`, `raw/`, `inbox/`, and whatever a version, the ledger, a snapshot or the catalog names.
"""

from airflow.sdk import CronTriggerTimetable, Param, dag

from reviewloop.config import load_config
from reviewloop.steps.lake.expire_logs import expire_logs
from reviewloop.steps.lake.measure_stores import measure_stores
from reviewloop.steps.lake.retain_lake import retain_lake
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import by_whom, param
from reviewloop_airflow.stores import log_folders
from reviewloop_airflow.wiring import FromRun, step

APPLY = Param(load_config().retention.automatic, type="boolean", title="Apply", description="Delete; off: only tell.")


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("0 4 * * 0", timezone="UTC"),
    doc_md=__doc__,
    tags=["data"],
    params={"apply": APPLY},
)
def lake_retain() -> None:
    """Retain, expire, measure."""
    retained = step(retain_lake)(apply=FromRun(param("apply")), by=FromRun(by_whom))
    expired = step(expire_logs)(folders=FromRun(log_folders))
    [retained, expired] >> step(measure_stores, trigger_rule="all_done")(log_folders=FromRun(log_folders))


lake_retain()
