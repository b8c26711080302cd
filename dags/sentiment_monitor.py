"""**Is a scored day still like what the champion was judged on?**

Compares texts, predictions and facets of each scored day with the champion's held-out reference (Evidently, methods pinned),
and the champion's metrics on the day's own ratings with the floor. The page is kept (the button "Report" of the task). A day
that drifted starts a training run, which carries the evidence.

- **Starts**: whenever `sentiment_scored` tells of a scored day (one mapped task each). To look at a day again, run
  `sentiment_score` for it.
- **Params**: none. What is compared, how, and from where on it counts is in the configuration under `monitor`.
- **Idempotent**: yes. The same predictions and reference have one report.
- **Resume**: clear the failed mapped task. A skipped `announce_drift` is normal: nothing moved.
- **Leaves behind**: the asset `sentiment_drift` when a day drifted.
"""

from airflow.sdk import dag

from reviewloop.steps.monitor.announce_drift import announce_drift
from reviewloop.steps.monitor.monitor import monitor
from reviewloop_airflow.assets import DRIFT, SCORED
from reviewloop_airflow.days import days_to_monitor
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import scored_days
from reviewloop_airflow.wiring import FromRun, step


@dag(**DAG_DEFAULTS, schedule=SCORED, doc_md=__doc__, tags=["sentiment", "monitoring"])
def sentiment_monitor() -> None:
    """Compare each day, announce drift."""
    days = step(days_to_monitor, inlets=[SCORED])(scored=FromRun(scored_days))
    verdicts = step(monitor).expand(predictions=days)
    step(announce_drift, outlets=[DRIFT]).expand(drift=verdicts)


sentiment_monitor()
