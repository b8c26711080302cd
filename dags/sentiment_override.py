"""**A person takes the refusal of a gate upon himself or herself, by name and with a reason.**

A gate on leakage or fairness takes two different people, each in a run of his or her own; some gates nobody may override, and none
whose evidence is missing. It holds for this one model, while gates and champion are those of the refusal, and it releases nothing:
the model is judged again, asked about like any other, and the question says who overrode what, and why.

- **Starts**: by hand, by a user who is logged in.
- **Params**: `job_key`, of the refused training (its page has it; the first letters will do); `gate`, its name; `reason`, in words.
- **Idempotent**: yes. A person's second override of the same gate changes nothing.
- **Resume**: clear the failed task. Then clear `gate_model` in the refused run of `sentiment_train`, or start it anew.
- **Leaves behind**: an event of the ledger.
"""

from airflow.sdk import Param, dag

from reviewloop.steps.release.override_gate import override_gate
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param, started_by
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=["sentiment", "release"],
    params={
        "job_key": Param(type="string", pattern="^[0-9a-f]{8,64}$", title="Job", description="Of the training that was refused."),
        "gate": Param(type="string", pattern="^[a-z][a-z0-9_]*$", title="Gate", description="The one that refused it."),
        "reason": Param(type="string", minLength=1, title="Reason", description="Why, in words; it is kept for good."),
    },
)
def sentiment_override() -> None:
    """Override."""
    asked = {name: FromRun(param(name)) for name in ("job_key", "gate", "reason")}
    step(override_gate)(by=FromRun(started_by), **asked)


sentiment_override()
