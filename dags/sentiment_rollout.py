"""**An approved version is tried beside the champion, and goes on or back by evidence alone.**

Looks at the rollout that is under way: what its guards say, what is still missing, and when that will be there. It holds, goes
on to the next stage, sends the challenger back, or promotes it after the last one. Time alone moves nothing; without traffic,
without labels or with half of the records it holds, and at the deadline it asks a person.

- **Starts**: every five minutes. With no rollout under way all tasks are skipped.
- **Params**: none. Stages, guards and limits are in the configuration under `rollout`, and in the ledger once it has begun.
- **Idempotent**: yes. A step is taken where the rollout still stands as it was looked at, and once.
- **Resume**: nothing to do, the next run looks again. To end a rollout, or to give it more time at its deadline:
  `python -m reviewloop abort_rollout` and `extend_rollout`.
- **Leaves behind**: the rollout's page (Report), events of the ledger; at the end the asset `sentiment_champion`, and new cards.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop.steps.release.renew_cards import renew_cards
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.promote_challenger import promote_challenger
from reviewloop_airflow.assets import CHAMPION
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    doc_md=__doc__,
    tags=["sentiment", "release"],
)
def sentiment_rollout() -> None:
    """Judge, promote, renew the cards."""
    step(promote_challenger, outlets=[CHAMPION])(step(judge_rollout)()) >> step(renew_cards)()


sentiment_rollout()
