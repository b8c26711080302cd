"""A question is put to people once: what was answered is not asked again."""

from datetime import timedelta

from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.core.release import automation, standing
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef


def require_open(question: QuestionRef) -> tuple[bool, timedelta]:
    """Whether the loop may answer this question by itself after a while, by today's level; and how long a person has until then.

    Raises ``Refused`` where it was answered (a yes is used once, and a no to a version that answers already would say nothing), or
    where another version answers now than when it was asked.
    """
    events = ledger.read()
    asked = standing.question(events, question.digest)
    if asked is None:
        raise Refused(f"version {question.version}: the ledger knows no question {question.digest[:16]}; clear `ask`")
    if (answer := standing.answer(events, asked)) is not None:
        used = standing.promotion_by(events, answer)
        since = f" and it was released (event {used.number}): to go back is an act of its own, sentiment_rollback" if used else ""
        raise Refused(
            f"version {question.version} was {answer.kind.replace('_', ' ')} by {answer.by} (ledger, event {answer.number}), a "
            f"question is answered once{since}. To ask again start sentiment_release by hand"
        )
    now, was = standing.champion_version(events), str(asked.facts.get("replaces"))
    if now != was:
        raise Refused(
            f"version {question.version}: {f'version {was}' if was else 'no version'} answered when this was asked, and version "
            f"{now or 'none'} answers now. Start sentiment_train: it judges against that one, and asks again"
        )
    level, release = present.level(events), present.release_now()
    may = automation.may_still_decide(asked, level)
    return may, timedelta(seconds=release.objection_seconds if may else release.approval_timeout_seconds)
