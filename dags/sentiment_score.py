"""**The champion reads every new curated day.**

Writes one prediction a review, with the model's version and the text's digest, as a partition of the Glue table
`predictions`. Days curated before the first champion are skipped.

- **Starts**: whenever `reviews_curated` tells of new days (one mapped task each); by hand for one day.
- **Params**: `day`, a curated day to score, also again (empty: the days that started the run).
- **Idempotent**: yes. The same day under the same version is found as it was; another version takes the day's place.
- **Large days**: of more than `scoring.chunk_rows` reviews `read_chunk` reads a chunk in each mapped task, wherever there is room;
  `score` joins them. Other days are read by `score` itself.
- **Resume**: clear the failed mapped task and what follows it; the other chunks and days are left as they are.
- **Leaves behind**: the asset `sentiment_scored`, one event a day.
"""

from airflow.sdk import Param, TriggerRule, dag

from reviewloop.steps.score.cut_days import cut_days
from reviewloop.steps.score.read_chunk import read_chunk
from reviewloop.steps.score.score import score
from reviewloop_airflow.assets import CURATED, SCORED
from reviewloop_airflow.days import days_to_score
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import curated_days, most_mapped, param
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=CURATED,
    doc_md=__doc__,
    tags=["sentiment", "inference"],
    params={
        "day": Param(
            None, type=["null", "string"], format="date", title="Day", description="A curated day to score; needed by hand."
        )
    },
)
def sentiment_score() -> None:
    """Score each day."""
    days = step(days_to_score, inlets=[CURATED])(curated=FromRun(curated_days), day=FromRun(param("day")))
    cut = step(cut_days)(curated=days, most=FromRun(most_mapped))
    read = step(read_chunk).expand(chunk=cut)
    # Also where a chunk failed: that is its own day's fault, which `score` names, and no other's.
    step(score, outlets=[SCORED], trigger_rule=TriggerRule.ALL_DONE).partial(cut=cut, read=read).expand(curated=days)


sentiment_score()
