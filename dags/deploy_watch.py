"""**Other code or configuration was deployed: a training starts, and says what changed.**

Compares what is deployed with what the newest training was begun with: the code that decides a result (what the training's steps
import, by what it means), the section `training` of the configuration, the lock file, the pretrained weights, and what judges.

- **Starts**: every three minutes, so that a training starts within five minutes of a deploy.
- **Params**: none.
- **Idempotent**: yes. A change is announced once; a comment, a docstring or another layout of the source is no change.
- **Resume**: nothing to do, the next run looks again. A skipped `announce_change` is normal: nothing changed, or it was announced.
- **Leaves behind**: the asset `training_changed`, whose event says what changed, as does the run of `sentiment_train` that it
  starts. The budget and the cool-down are drift's: they neither hold this back nor count it, for a person deployed.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop.steps.train.announce_change import announce_change
from reviewloop_airflow.assets import CHANGED
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import run_key
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("*/3 * * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["sentiment", "training"],
)
def deploy_watch() -> None:
    """Compare, announce."""
    step(announce_change, outlets=[CHANGED])(dag_run_key=FromRun(run_key))


deploy_watch()
