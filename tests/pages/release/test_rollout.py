"""The page of a rollout: what somebody must know stands first, and nothing that was measured is left out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

from tests.helpers.rollouts import PROMOTED, START, asked, evidence, extended, ledger, plan, rollout, started

from reviewloop.config import GuardName
from reviewloop.core.release.events import Draft
from reviewloop.core.rollout import state
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.machine import decide
from reviewloop.core.rollout.report import MEASURES, report
from reviewloop.core.rollout.state import Rollout
from reviewloop.pages.links import Links
from reviewloop.pages.release.rollout import rollout_page

LINKS = Links(2)
LATER = START + timedelta(hours=3)


def told(of: Rollout, found: Evidence, hours: float = 3) -> dict[str, Any]:
    at = START + timedelta(hours=hours)
    return report(of, found, decide(of, found, at), "", state.about((of.started,), of.started), at)


def test_a_hold_says_what_is_missing_and_when_it_will_be_there() -> None:
    of = rollout(plan(), 2)
    page = rollout_page(told(of, replace(evidence(of), stages=()), hours=1), LINKS)
    assert '<span class="mark none">holds</span>' in page
    assert "0 of 299" in page
    assert "nobody can tell" in page
    some = evidence(of, num_labels=100)
    page = rollout_page(told(of, some, hours=1), LINKS)
    assert "100 of 300" in page
    assert "in 2 h" in page, "200 more at 100 an hour"


def test_each_guard_has_its_number_and_its_limit_and_what_fired_stands_first() -> None:
    of = rollout(plan(), 2)
    page = rollout_page(told(of, evidence(of, num_errors=40, units_with_errors=40)), LINKS)
    assert '<span class="mark fail">went back</span>' in page
    table = page[page.index('id="guards"') :]
    for name in get_args(GuardName):
        assert name.replace("_", " ").capitalize() in table
        assert MEASURES[name] in table.replace("&#39;", "'")
    assert table.index("Errors") < table.index("Timeouts")
    assert "40 of 400 requests failed, of the champion&#39;s 0 of 3600" in table
    assert ">0.01<" in table


def test_the_ratio_has_its_size_and_the_pairs_their_counts() -> None:
    of = rollout(plan(), 2)
    page = rollout_page(told(of, evidence(of)), LINKS)
    assert "Largest gap" in page
    for place in ("assigned", "answered", "labelled"):
        assert f"<td>{place}</td>" in page
    assert "labelled, the champion alone right" in page
    assert "no worse within the margin" in page


def test_labelled_shares_stand_by_length_with_their_gap_and_by_arm() -> None:
    of = rollout(plan(), 3)
    found = evidence(of)
    paired = replace(found.paired, shorter=Half(10_000, 1500, 10_000, 1500), longer=Half(10_000, 500, 10_000, 500))
    page = rollout_page(told(of, replace(found, paired=paired)), LINKS)
    assert '<span class="mark warn">waits for a person</span>' in page
    assert "no verdict, labels differ by length" in page
    pairs = page[page.index('id="pairs"') : page.index('id="ratio"')]
    for words in (
        "up to 300 (median)",
        "1,500 of 10,000",
        "15.0%",
        "500 of 10,000",
        "5.0%",
        "Beyond 0.2, and no luck,",
        "champion",
    ):
        assert words in pairs, words
    assert "0.5 of their sum apart, p " in pairs


def test_a_person_who_is_asked_sees_it_first() -> None:
    of = rollout(plan(), 2)
    page = rollout_page(told(of, evidence(of), hours=400), LINKS)
    assert '<span class="mark warn">waits for a person</span>' in page
    assert (
        "the deadline has passed, 336 hours after the start: end it (abort_rollout) or give it more time (extend_rollout)" in page
    )


def test_before_the_deadline_it_says_what_a_person_may_do_then_and_who_moved_it() -> None:
    staged = plan()
    events = ledger(PROMOTED, started(staged), asked(staged, state.DEADLINE), extended(staged, 384))
    of = state.current(events)
    assert of is not None
    found = evidence(of)
    page = rollout_page(report(of, found, decide(of, found, LATER), "", state.about(events, of.started), LATER), LINKS)
    assert "At the deadline, 2026-01-21 10:00, nothing goes on by itself any more" in page
    assert "a person ends it (abort_rollout) or gives it more time (extend_rollout)" in page
    history = page[page.index('id="history"') :]
    assert "more time" in history
    assert "until 2026-01-21 10:00; labels come late" in history
    assert "person:ada" in history


def test_one_that_is_over_waits_for_nothing_and_says_who_ended_it() -> None:
    of = rollout(plan(), 2)
    ended = Draft(
        "rollout_ended", "person:ada", "2", "d2", {"rollout": of.started.sha256, "guard": "aborted", "why": "a <b>whim</b>"}
    )
    events = state.about((of.started, *_after(of, ended)), of.started)
    page = rollout_page(report(of, evidence(of), None, "it went back: aborted: a <b>whim</b>", events, LATER), LINKS)
    assert "It is over: nothing is waited for." in page
    assert "aborted; a &lt;b&gt;whim&lt;/b&gt;" in page
    assert "person:ada" in page
    assert "<b>whim" not in page


def _after(of: Rollout, draft: Draft) -> tuple[Any, ...]:
    from reviewloop.core.release.events import follow

    return (follow((of.started,), draft, LATER.isoformat()),)


def test_a_rollout_without_any_record_is_a_page_too() -> None:
    for name, count in (("staged", 5), ("ab", 1), ("blue_green", 1), ("linear", 5)):
        for at in range(count):
            of = rollout(plan(name), at)
            page = rollout_page(told(of, Evidence(of.started.sha256)), LINKS)
            assert "could not be shown" not in page
