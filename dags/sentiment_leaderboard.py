"""**Which kind of model do these reviews need? Every kind beside the others, and the best one before the sealed part.**

Tries kinds of models on the newest snapshot's open rows, cross-validated, within a budget of minutes; a full search sets what each
kind may set, too, by trials that the workers share, chosen on inner folds alone, and fine-tunes the transformer by three seeds. The
simplest kind within one standard error of the best is chosen, and judged once on the sealed part, beside today's baseline and the
champion. The Report is the page of all that.

- **Starts**: by hand.
- **Params**: `minutes` (empty: as configured under `leaderboard`), `full_search` (search for settings, too), `seed`.
- **Idempotent**: yes. A task that is tried again adds no trial and answers nothing again; a leaderboard is judged once.
- **Resume**: clear the failed task; when the time is up, clear `plan_search` with all behind it: what was tried is kept, the time
  runs anew. A kind that fails or is late is a row of the page and fails no task.
- **Leaves behind**: pages under `reports/leaderboard`, numbers beside them. It promotes nothing.
"""

from datetime import timedelta

from airflow.sdk import Param, TriggerRule, dag

from reviewloop.config import load_config
from reviewloop.steps.leaderboard.answer_kind import answer_kind
from reviewloop.steps.leaderboard.finetune_seeds import finetune_seeds
from reviewloop.steps.leaderboard.judge_winner import judge_winner
from reviewloop.steps.leaderboard.list_trials import list_trials
from reviewloop.steps.leaderboard.pick_settings import pick_settings
from reviewloop.steps.leaderboard.plan_search import plan_search
from reviewloop.steps.leaderboard.rank_kinds import rank_kinds
from reviewloop.steps.leaderboard.try_settings import try_settings
from reviewloop.steps.train.take_features import take_features
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param, run_key
from reviewloop_airflow.wiring import FromRun, step

TIMES = load_config().leaderboard
KNOBS = {
    "minutes": Param(
        None, type=["null", "number"], exclusiveMinimum=0, maximum=1440, title="Minutes",
        description=f"Of all kinds together. Empty: {TIMES.minutes:g}, of a full search {TIMES.full_minutes:g}.",
    ),
    "full_search": Param(False, type="boolean", title="Full search", description="Search for the settings of each kind, too."),
    "seed": Param(None, type=["null", "integer"], minimum=0, title="Seed", description="Empty: as configured under training."),
}  # fmt: skip


@dag(**DAG_DEFAULTS, schedule=None, doc_md=__doc__, tags=["sentiment", "training"], params=KNOBS)
def sentiment_leaderboard() -> None:
    """Plan, search, answer, rank, judge."""
    features = step(take_features)(covers_day=None)
    told = {**{name: FromRun(param(name)) for name in KNOBS}, "dag_run_key": FromRun(run_key)}
    search = step(plan_search)(features, **told)
    # The budget ends them.
    long = {"execution_timeout": timedelta(hours=24), "max_active_tis_per_dagrun": TIMES.num_at_once}
    tried = step(try_settings, **long).expand(trials=step(list_trials)(search))
    # Also where tasks were lost: what is missing is a row that says so.
    kinds = step(pick_settings, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)(search)
    tried >> kinds
    answered = step(answer_kind, **long).expand(kind=kinds)
    seeds = step(finetune_seeds, **long)(search)
    board = step(rank_kinds, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)(search, kinds, answered, seeds)
    step(judge_winner)(board, dag_run_key=FromRun(run_key))


sentiment_leaderboard()
