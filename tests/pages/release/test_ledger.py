"""The page of the ledger."""

from tests.core.lineage.test_stories import RELEASED, SECOND, judged, rolled_back

from reviewloop.core.lineage.stories import Step, Story, stories
from reviewloop.pages.links import Link
from reviewloop.pages.release.ledger import Told, ledger_page
from reviewloop_local.bench_trace.stories import chain

LINKS = [Link("The loop", "/reviewloop/")]


def of_ledger(name: str) -> Told:
    """One story in which every text is this one."""
    step = Step(7, name, name, name, name, f"/reviewloop/pages/{name}")
    return Told((Story(name, name, "warn", name, name, (step,)),), 7, name)


def test_a_promoted_a_refused_and_a_rolled_back_one_stand_with_who_and_why() -> None:
    events = chain((*RELEASED, *SECOND, judged("c", "fairness"), rolled_back("1", "2")))
    page = ledger_page(Told(stories(events, 9), len(events)), LINKS, lambda uri: f"/pages/{uri.rpartition('/')[2]}")
    assert '<span class="mark pass">whole</span>' in page
    assert "version 1 answers" in page
    for word in ("rolled back from", "worse on Sundays", "bob", "refused", "fairness", "job job-c", "replaced by version 2"):
        assert word in page
    assert '<a href="/pages/back">' in page
    assert '<a href="/pages/report.json">refused</a>' in page


def test_what_is_shown_nowhere_is_no_link() -> None:
    events = chain(RELEASED)
    assert "s3://" not in ledger_page(Told(stories(events, 9), len(events)), LINKS, lambda _: "")


def test_a_broken_chain_is_the_verdict_and_an_empty_ledger_is_calm() -> None:
    assert '<span class="mark fail">broken</span>' in ledger_page(Told((), 0, "event 3 is missing"), LINKS, str)
    assert '<span class="mark none">empty</span>' in ledger_page(Told((), 0), LINKS, str)
