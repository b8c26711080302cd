"""**How good are the labels, and the rules that could give some?**

Reads the labelled reviews of the latest snapshot, never its sealed part. Tries the labelling functions of the dataset on them (how
often each speaks, how often it is right, what their votes come to), and lists the labels that a model which has not seen them
believes least. Both are for people: nothing is dropped, and no label is changed by it.

- **Starts**: every Monday; by hand.
- **Params**: none. Thresholds are in the configuration under `labels`, the functions in `include/config/labelling/<dataset>/`.
- **Idempotent**: yes. Of the same snapshot and the same functions the pages are found where they are.
- **Resume**: clear the failed task. Without functions `try_functions` is skipped.
- **Leaves behind**: pages under `reports/labelling` and `reports/label_errors`, the second with its list as CSV.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop.steps.labels.find_label_errors import find_label_errors
from reviewloop.steps.labels.try_functions import try_functions
from reviewloop.steps.train.take_features import take_features
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("0 5 * * 1", timezone="UTC"),
    doc_md=__doc__,
    tags=["reviews", "data"],
)
def labels_check() -> None:
    """Take the latest snapshot, try the functions, list the doubtful labels."""
    features = step(take_features)(covers_day=None)
    step(try_functions)(features)
    step(find_label_errors)(features)


labels_check()
