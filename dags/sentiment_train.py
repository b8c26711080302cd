"""**Two models are trained on the newest snapshot; the better one becomes a candidate if it passes every gate.**

Trains the TF-IDF baseline and fine-tunes the transformer, measures both on the sealed test part, chooses (a simpler model that
is not worse wins), asks the gates and registers the candidate in MLflow with its lineage.

- **Starts**: on a new snapshot (`reviews_features`), on drift (`sentiment_drift`) or on other code or configuration
  (`training_changed`; the evidence stands in the run, see `begin_training`), every night at 02:00 UTC, or by hand.
- **Params**: `epochs`, `learning_rate`, `seed` (empty: as configured), `force` (train again what was trained before).
- **Idempotent**: yes. The same snapshot, configuration and seed were trained once and are skipped; `force` overrides that.
- **Resume**: clear the failed task. A killed fine-tune goes on from its last checkpoint; it runs where `training.backend` says,
  as many at a time as the pool `training` has slots.
- **Leaves behind**: the asset `sentiment_candidate`, and a page that shows where the candidate is wrong, refused or not.
"""

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag

from reviewloop.config import load_config
from reviewloop.steps.train.analyse_errors import analyse_errors
from reviewloop.steps.train.begin_training import begin_training
from reviewloop.steps.train.choose import choose
from reviewloop.steps.train.evaluate import evaluate
from reviewloop.steps.train.export_served import export_served
from reviewloop.steps.train.finetune import finetune
from reviewloop.steps.train.gate_model import gate_model
from reviewloop.steps.train.register import register
from reviewloop.steps.train.take_features import take_features
from reviewloop.steps.train.train_baseline import train_baseline
from reviewloop_airflow.assets import CANDIDATE, CHANGED, DRIFT, FEATURES
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import drift_day, param, run_key, trainer, why_started
from reviewloop_airflow.training_job import PLACE, TrainingJobOperator
from reviewloop_airflow.wiring import FromRun, step

TUNE = load_config().training.transformer
EMPTY = "Empty: as configured ({})."
KNOBS = {
    "epochs": Param(None, type=["null", "integer"], minimum=1, maximum=50, title="Epochs", description=EMPTY.format(TUNE.epochs)),
    "learning_rate": Param(None, type=["null", "number"], exclusiveMinimum=0, maximum=0.01, title="Learning rate",
                           description=EMPTY.format(TUNE.learning_rate)),
    "seed": Param(None, type=["null", "integer"], minimum=0, title="Seed", description=EMPTY.format(load_config().training.seed)),
    "force": Param(False, type="boolean", title="Train again", description="Also when these inputs were trained before."),
}  # fmt: skip


@dag(
    **DAG_DEFAULTS,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 2 * * *", timezone="UTC"), assets=FEATURES | DRIFT | CHANGED),
    doc_md=__doc__,
    tags=["sentiment", "training"],
    params=KNOBS,
)
def sentiment_train() -> None:
    """Train both, evaluate both, choose, gate, register."""
    # On drift the day's snapshot may still be in the making: ask again for about 15 minutes.
    patient = {"retries": 30, "retry_delay": timedelta(seconds=10), "max_retry_delay": timedelta(seconds=30)}
    features = step(take_features, inlets=[DRIFT], **patient)(covers_day=FromRun(drift_day))
    told = {"trigger": FromRun(why_started), "dag_run_key": FromRun(run_key), **{name: FromRun(param(name)) for name in KNOBS}}
    training = step(begin_training, inlets=[FEATURES, DRIFT, CHANGED])(features, by=FromRun(trainer), **told)
    baseline = step(train_baseline)(training)
    trained = step(finetune, TrainingJobOperator, **PLACE, execution_timeout=timedelta(hours=12))(training)
    transformer = step(export_served)(trained, training)
    baseline_metrics = step(evaluate, task_id="evaluate_baseline")(baseline, training)
    transformer_metrics = step(evaluate, task_id="evaluate_transformer")(transformer, training)
    choice = step(choose)([baseline, transformer], [baseline_metrics, transformer_metrics], training, to_beat="baseline")
    gate = step(gate_model)(choice, training)
    step(register, outlets=[CANDIDATE])(choice, gate, training)
    step(analyse_errors)(choice, training)


sentiment_train()
