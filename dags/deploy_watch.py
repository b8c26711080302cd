"""**Other code or configuration was deployed: a snapshot or a training starts, and says what changed.**

Compares what is deployed with what the newest training was begun with: the code that decides a result (what the training's steps
import, by what it means), the section `training` of the configuration, the lock file, the pretrained weights, and what judges. And
with what the newest snapshot was made with: its code, the sections `features`, `labels` and `contract`, the tokenizer.

- **Starts**: every three minutes, so that the snapshot or the training starts within five minutes of a deploy.
- **Params**: none.
- **Idempotent**: yes. A change is announced once; a comment, a docstring or another layout of the source is no change.
- **Resume**: nothing to do, the next run looks again. Skipped tasks are normal: nothing changed, or it was announced; and a look
  that asks for a snapshot asks for no training, which comes of the snapshot.
- **Leaves behind**: the assets `features_changed` and `training_changed`, whose events say what changed, as do the runs of
  `reviews_features` and `sentiment_train` that they start. The budget and the cool-down are drift's: they neither hold this back
  nor count it, for a person deployed.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop.steps.features.announce_remaking import announce_remaking
from reviewloop.steps.train.announce_change import announce_change
from reviewloop_airflow.assets import CHANGED, REMAKING
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
    step(announce_remaking, outlets=[REMAKING])(dag_run_key=FromRun(run_key))
    step(announce_change, outlets=[CHANGED])(dag_run_key=FromRun(run_key))


deploy_watch()
