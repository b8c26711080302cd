"""**A person says yes, and the candidate becomes the champion.**

Takes the candidate, shows its metrics to whoever may approve (menu "Required Actions", or the task `approve`), and moves the
registry's alias `champion`; the version before it keeps `previous`. Who said yes, and when, is kept with the version.

- **Starts**: on a new candidate (`sentiment_candidate`); by hand for the newest one not yet released.
- **Params**: none. How long to wait, who may answer and what silence means are in the configuration under `release`.
- **Idempotent**: yes. Promoting the champion again changes nothing.
- **Resume**: clear `approve` to ask again. "Reject" skips `promote` and leaves the champion as it is.
- **Leaves behind**: the asset `sentiment_champion`, and the release's record under `reports/releases/`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag

from reviewloop.config import load_config
from reviewloop.steps.release.pick_candidate import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop_airflow.assets import CANDIDATE, CHAMPION
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.release import release_body, release_subject
from reviewloop_airflow.runs import approved_at, approved_by, newest_candidate
from reviewloop_airflow.wiring import FromRun, step

RELEASE = load_config().release


@dag(
    **DAG_DEFAULTS,
    schedule=CANDIDATE,
    doc_md=__doc__,
    tags=["sentiment", "release"],
    user_defined_macros={"release_subject": release_subject, "release_body": release_body},
)
def sentiment_release() -> None:
    """Pick, approve, promote."""
    candidate = step(pick_candidate, inlets=[CANDIDATE])(candidate=FromRun(newest_candidate))
    approve = ApprovalOperator(
        task_id="approve",
        task_display_name="Approve",
        doc_md="Waits for a person: approve or reject the candidate under *Required Actions*. Holds no worker while it waits.",
        subject="{{ release_subject(ti.xcom_pull(task_ids='pick_candidate')) }}",
        body="{{ release_body(ti.xcom_pull(task_ids='pick_candidate')) }}",
        response_timeout=timedelta(seconds=RELEASE.approval_timeout_seconds),
        defaults=ApprovalOperator.APPROVE if RELEASE.on_timeout == "approve" else None,
        assigned_users=[{"id": name, "name": name} for name in RELEASE.approvers] or None,
        retries=0,  # silence is an answer: asking again would only wait twice
    )
    champion = step(promote, outlets=[CHAMPION])(candidate, approved_by=FromRun(approved_by), approved_at=FromRun(approved_at))
    candidate >> approve >> champion


sentiment_release()
