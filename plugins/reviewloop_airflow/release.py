"""What a person is shown before an answer, with links into this web server."""

from typing import Final

from reviewloop.adapters.release.briefing import brief
from reviewloop.pages.release import question as words
from reviewloop.refs import CandidateRef, QuestionRef
from reviewloop.steps.release.ask import read_question
from reviewloop_airflow.links import report_url


def release_subject(candidate: CandidateRef) -> str:
    """The question, in one line."""
    return words.subject(brief(candidate))


def release_body(candidate: CandidateRef) -> str:
    """Markdown: in words, what changes, what every gate found that is no plain pass, what a yes begins, and how to answer."""
    return words.body(brief(candidate), report_url)


def shown_subject(question: QuestionRef) -> str:
    """The question in one line, as it was kept."""
    return str(read_question(question)["subject"])


def shown_body(question: QuestionRef) -> str:
    """What is shown, as it was kept, and the digest that the answer will be bound to."""
    return f"{read_question(question)['body']}\n\nAn answer is to this question alone: `{question.digest[:16]}`."


MACROS: Final = {
    "release_subject": release_subject, "release_body": release_body, "shown_subject": shown_subject, "shown_body": shown_body
}  # fmt: skip
"""For the templates of ``sentiment_release``."""
