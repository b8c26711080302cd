"""**Is a scored day still like what the champion was judged on?**

Compares texts, answers, labels, complaints and facets of each scored day with the champion's held-out reference: one decision over
all of them, whose chance of a false alarm is known at every number of rows. The page is kept (the button "Report" of the task). A
day votes; a drift that enough of the last days agree on starts a training, where everything else that one asks for holds
(`response` in the configuration), and carries the evidence. If not, the page of the decision says which condition fails.

Beside that, `check_skew` asks whether batch scoring, the endpoint and the feature store gave one text one answer. It stops nothing.

- **Starts**: whenever `sentiment_scored` tells of a scored day (one mapped task each). To look at a day again, run
  `sentiment_score` for it.
- **Params**: none. What is compared, how, and from where on it counts is in the configuration under `monitor`.
- **Idempotent**: yes. The same predictions and reference have one report, a day has one vote, and a drift is answered once.
- **Resume**: clear the failed mapped task. A skipped `announce_drift` is normal: nothing moved, or its reason says why not.
- **Leaves behind**: pages under `reports/drift`, `reports/responses` and `reports/skew`; the day's rows of the Glue table
  `metrics`; the asset `sentiment_drift` when a training is to start.
"""

from airflow.sdk import dag

from reviewloop.steps.monitor.announce_drift import announce_drift
from reviewloop.steps.monitor.check_skew import check_skew
from reviewloop.steps.monitor.decide_retraining import decide_retraining
from reviewloop.steps.monitor.monitor import monitor
from reviewloop.steps.monitor.record_metrics import record_metrics
from reviewloop_airflow.assets import DRIFT, SCORED
from reviewloop_airflow.days import days_to_monitor
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import run_key, scored_days
from reviewloop_airflow.wiring import FromRun, step


@dag(**DAG_DEFAULTS, schedule=SCORED, doc_md=__doc__, tags=["sentiment", "monitoring"])
def sentiment_monitor() -> None:
    """Compare each day, decide what follows, announce it; look for skew."""
    days = step(days_to_monitor, inlets=[SCORED])(scored=FromRun(scored_days))
    step(check_skew).expand(predictions=days)
    verdicts = step(monitor).expand(predictions=days)
    step(record_metrics).expand(drift=verdicts)
    step(announce_drift, outlets=[DRIFT])(step(decide_retraining)(verdicts, dag_run_key=FromRun(run_key)))


sentiment_monitor()
