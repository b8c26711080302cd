"""**A person says yes, and the candidate becomes the champion, or begins its rollout.**

Takes the candidate, keeps what is asked, shows it to whoever may approve (menu "Required Actions", or the task `approve`), and
starts the rollout that the configuration names (`rollout.plan`). Under the plan `all_at_once` it is the champion in this very run;
under any other `promote` is skipped here, and `sentiment_rollout` promotes it once it has passed. Question, answer, rollout and
release are events of the ledger, where who said yes or no, and when, stays for good; the registry's aliases follow it.

- **Starts**: on a new candidate (`sentiment_candidate`); by hand for the newest one not yet released.
- **Params**: none. Who may answer, how much the loop decides by itself (`automation`), and so what silence means, are in the
  configuration under `release`; `python -m reviewloop set_automation` lowers the level at once.
- **Idempotent**: yes. An approval is used once, within days: cleared in an older run, no task moves the champion.
- **Resume**: clear the failed task; clear `ask` to ask again after an answer. "Reject" and "Send back" skip the rest.
- **Leaves behind**: the asset `sentiment_champion`, the release's record under `reports/releases/`, and the versions' cards under
  `reports/cards/`, made before anybody is asked, and again after the answer.
"""

from airflow.sdk import dag

from reviewloop.config import load_config
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.pick_candidate import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.renew_cards import renew_cards
from reviewloop.steps.rollout.start_rollout import start_rollout
from reviewloop_airflow.approval import ReleaseApproval
from reviewloop_airflow.assets import CANDIDATE, CHAMPION
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.release import MACROS
from reviewloop_airflow.runs import newest_candidate
from reviewloop_airflow.wiring import FromRun, step

RELEASE = load_config().release


@dag(
    **DAG_DEFAULTS,
    schedule=CANDIDATE,
    doc_md=__doc__,
    tags=["sentiment", "release"],
    user_defined_macros=MACROS,
)
def sentiment_release() -> None:
    """Pick, write the cards, ask, approve, start the rollout, promote where it needs none."""
    candidate = step(pick_candidate, inlets=[CANDIDATE])(candidate=FromRun(newest_candidate))
    subject = "{{ release_subject(ti.xcom_pull(task_ids='pick_candidate')) }}"
    body = "{{ release_body(ti.xcom_pull(task_ids='pick_candidate')) }}"
    question = step(ask)(candidate, subject=subject, body=body)
    candidate >> step(renew_cards)() >> question
    approve = ReleaseApproval(
        task_id="approve",
        task_display_name="Approve",
        doc_md="Waits for a person under *Required Actions*: approve, reject, or send back. Holds no worker meanwhile.",
        subject="{{ shown_subject(ti.xcom_pull(task_ids='ask')) }}",
        body="{{ shown_body(ti.xcom_pull(task_ids='ask')) }}",
        assigned_users=[{"id": name, "name": name} for name in RELEASE.approvers] or None,
        retries=0,  # silence is an answer: asking again would only wait twice
    )
    promoted = step(promote, outlets=[CHAMPION])(question)
    question >> approve >> step(start_rollout)(question) >> promoted
    promoted >> step(renew_cards, task_id="renew_cards_after", trigger_rule="none_failed")()


sentiment_release()
