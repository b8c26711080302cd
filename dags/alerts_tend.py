"""**What people must know is looked for, told, and told again where nobody answers.**

Failures and warnings are told when they happen. This looks for the rest: an approval that waits, a rollout that waits or went back,
a release rolled back, a confirmed drift that nothing is done about, no day monitored for too long. What could not be told is tried
again, what nobody answers becomes louder, and what is over is told to be.

- **Starts**: every 15 minutes.
- **Params**: none. Quiet times, patience and limits are in the configuration under `alerts`; who is told is environment.
- **Idempotent**: yes. An alert is known by its key, and is one however often it is found.
- **Resume**: nothing to do, the next run looks again. Who looks after an alert says so: `python -m reviewloop answer_alert`.
- **Leaves behind**: the page of alerts (Report), and the book of them, `monitoring/alerts.json` in the lake.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop_airflow.alerts import tend_alerts
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["monitoring"],
)
def alerts_tend() -> None:
    """Look, tell, show."""
    step(tend_alerts)()


alerts_tend()
