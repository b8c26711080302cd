"""**A person asks the feature store: create, ingest, get, search, describe or delete.**

Groups and features are rows of `feature_store` in `include/config/base.yaml`; `reviews_features` publishes each new snapshot to
them by itself. The answer is what the task returns (XCom). One review leaves the store by `erase`, with everything else.

- **Starts**: by hand, by a user who is logged in.
- **Params**: `do`; `group`, its name; `what`, keys parted by blanks (a review is `2026-01-02/42`), or of `search` a word; `at`, a
  time with its zone: the values as they were known then, not those served now; `reason`, of `delete`: why, it is kept for good.
- **Idempotent**: yes. A group that was deleted has the receipt that it has.
- **Resume**: clear the failed task.
- **Leaves behind**: after `create` and `ingest` what is published; after `delete` an event of the ledger.
"""

from airflow.sdk import Param, dag

from reviewloop.steps.features.ask_features import ask_features
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param, started_by
from reviewloop_airflow.wiring import FromRun, step

WISHES = ["describe", "search", "get", "create", "ingest", "delete"]


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=["reviews", "data"],
    params={
        "do": Param("describe", type="string", enum=WISHES, title="Do", description="What to do."),
        "group": Param("", type="string", title="Group", description="Its name; of `describe` empty for all."),
        "what": Param("", type="string", title="Keys or word", description="Keys parted by blanks, or a word to search for."),
        "at": Param("", type="string", title="Known at", description="A time with its zone; empty: what is served now."),
        "reason": Param("", type="string", title="Reason", description="Why it is deleted, in words; it is kept for good."),
    },
)
def feature_store() -> None:
    """Ask."""
    asked = {name: FromRun(param(name)) for name in ("do", "group", "what", "at", "reason")}
    step(ask_features)(by=FromRun(started_by), **asked)


feature_store()
