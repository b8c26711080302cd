"""**People are asked which sentiment a few texts have, and what they say outranks the rating.**

Reads the files of answers in the inbox, chooses the next texts (those on which people are at odds, some at random, and those of
which a model is unsure), and shows them in a form under *Required Actions*. Each answer is an event of the ledger: who, when, by
which guideline. The next snapshot takes it for the label of its text.

- **Starts**: every Monday at 06:00 UTC; by hand, for another queue once one is answered.
- **Params**: none. How many texts, how many of them at random, the guideline and who may answer are in the configuration under
  `annotation`.
- **Idempotent**: yes. What nobody answered is asked again; the same snapshot and the same answers give the same queue.
- **Resume**: clear the failed task; a file that was refused is taken once it is uploaded mended. An answer that was refused is
  asked again by a new run.
- **Leaves behind**: a page and a file for each queue under `reports/annotation`, and a page on all labels so far.
"""

from airflow.sdk import CronTriggerTimetable, dag

from reviewloop.steps.annotation.propose_queue import propose_queue
from reviewloop.steps.annotation.take_answers import take_answers
from reviewloop_airflow.annotation import QueueForm, reviewers
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import step


@dag(
    **DAG_DEFAULTS,
    schedule=CronTriggerTimetable("0 6 * * 1", timezone="UTC"),
    doc_md=__doc__,
    tags=["reviews", "labels"],
)
def reviews_annotate() -> None:
    """Take answers in, propose, ask, and show what came of it."""
    proposed = step(propose_queue)()
    answer = QueueForm(
        task_id="answer_queue",
        task_display_name="Answer queue",
        doc_md="Waits for a person under *Required Actions*: a label for each text that was read. Holds no worker meanwhile.",
        assigned_users=reviewers(),
    )
    after = step(take_answers, task_id="take_answers_after", trigger_rule="none_failed")()
    step(take_answers)() >> proposed >> answer >> after


reviews_annotate()
