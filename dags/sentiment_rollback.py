"""**A person goes back to a version that answered before.**

The version must have been released before, and must still be what was released. Nobody is asked and no gate judges: it is the act
of the user who starts the run, kept in the ledger with the reason, and with what was wrong with the champion, if anything was.

- **Starts**: by hand, by a user who is logged in.
- **Params**: `version`, the one that shall answer again; `reason`, why, in words.
- **Idempotent**: yes. Going back to the champion changes nothing.
- **Resume**: clear the failed task.
- **Leaves behind**: the asset `sentiment_champion`, the act's record under `reports/releases/`, and the cards of both versions.
"""

from airflow.sdk import Param, dag

from reviewloop.steps.release.renew_cards import renew_cards
from reviewloop.steps.release.rollback import rollback
from reviewloop_airflow.assets import CHAMPION
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param, started_by
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=["sentiment", "release"],
    params={
        "version": Param(type="string", pattern="^[1-9][0-9]*$", title="Version", description="Which version shall answer again."),
        "reason": Param(type="string", minLength=1, title="Reason", description="Why, in words; it is kept for good."),
    },
)
def sentiment_rollback() -> None:
    """Go back, and say so on the cards."""
    asked = {name: FromRun(param(name)) for name in ("version", "reason")}
    step(rollback, outlets=[CHAMPION])(by=FromRun(started_by), **asked) >> step(renew_cards)()


sentiment_rollback()
