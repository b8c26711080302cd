"""Each model's story ends as it did: who settled it, and why."""

import pytest

from reviewloop.core.lineage.stories import Story, stories
from reviewloop.core.release.events import NOBODY, Draft, Event, person, program
from reviewloop_local.bench_trace.stories import chain

GATES, ADA = program("gate_model"), person("ada")


def judged(name: str, refused_by: str = "") -> Draft:
    verdict = "refused" if refused_by else "passed"
    facts = {"job_key": f"job-{name}", "verdict": verdict, "refused_by": refused_by, "report_uri": f"s3://lake/{name}/report.json"}
    return Draft("judged", GATES, None, f"d-{name}", facts)


def registered(name: str, version: str) -> Draft:
    return Draft("registered", program("register"), version, f"d-{name}", {"job_key": f"job-{name}", "source": "s3://lake/m"})


def asked(version: str) -> Draft:
    return Draft("asked", program("ask"), version, "d", {"shown": "s", "replaces": ""})


def said(kind: str, version: str, by: str = ADA, note: str = "") -> Draft:
    return Draft(kind, by, version, "d", {"asked": "", "note": note})


def promoted(version: str, replaces: str = "") -> Draft:
    return Draft(
        "promoted", program("promote"), version, "d", {"approval": "", "replaces": replaces, "record": f"s3://lake/r{version}"}
    )


def rolled_back(version: str, replaces: str) -> Draft:
    facts = {"reason": "worse on Sundays", "replaces": replaces, "record": "s3://lake/back"}
    return Draft("rolled_back", person("bob"), version, "d", facts)


RELEASED = (judged("a"), registered("a", "1"), asked("1"), said("approved", "1", note="fine"), promoted("1"))
SECOND = (judged("b"), registered("b", "2"), asked("2"), said("approved", "2"), promoted("2", "1"))
ROLLOUT = Draft("rollout_started", program("start_rollout"), "2", "d", {"replaces": "1"})
ENDED = Draft("rollout_ended", program("judge_rollout"), "2", "d", {"rollout": "", "guard": "refused", "why": "too many refusals"})
FATES = {
    "refused": ((judged("a", "fairness"),), ("job job-a", "refused", "the loop (gate_model)", "fairness")),
    "waits": (RELEASED[:3], ("version 1", "waits for a person", "the loop (ask)", "")),
    "rejected": ((*RELEASED[:3], said("rejected", "1", note="no")), ("version 1", "rejected", "ada", "no")),
    "nobody": ((*RELEASED[:3], said("unanswered", "1", NOBODY)), ("version 1", "nobody answered", "nobody", "")),
    "answers": (RELEASED, ("version 1", "answers", "ada", "fine")),
    "in a rollout": ((*RELEASED, *SECOND[:4], ROLLOUT), ("version 2", "in a rollout", "the loop (start_rollout)", "")),
    "sent back": (
        (*RELEASED, *SECOND[:4], ROLLOUT, ENDED),
        ("version 2", "sent back", "the loop (judge_rollout)", "too many refusals"),
    ),
}


@pytest.mark.parametrize("fate", FATES)
def test_the_newest_story_ends_as_it_did(fate: str) -> None:
    drafts, wanted = FATES[fate]
    story = stories(chain(drafts), 9)[0]
    assert (story.name, story.fate, story.by, story.why) == wanted


def told(events: tuple[Event, ...]) -> dict[str, Story]:
    return {one.name: one for one in stories(events, 9)}


def test_who_was_replaced_and_who_was_gone_back_from() -> None:
    both = told(chain((*RELEASED, *SECOND)))
    assert {name: one.fate for name, one in both.items()} == {"version 2": "answers", "version 1": "replaced"}
    back = told(chain((*RELEASED, *SECOND, rolled_back("1", "2"))))
    assert {name: one.fate for name, one in back.items()} == {"version 1": "answers", "version 2": "rolled back from"}
    assert (back["version 2"].by, back["version 2"].why) == ("bob", "worse on Sundays")
    assert (back["version 1"].by, back["version 1"].why) == ("bob", "worse on Sundays")


def test_the_newest_come_first_and_each_step_has_its_evidence() -> None:
    events = chain((*RELEASED, *SECOND, judged("c", "calibration")))
    found = stories(events, 2)
    assert (len(found), found[0].name) == (2, "job job-c")
    story = told(events)["version 2"]
    assert [(step.what, step.evidence) for step in story.steps] == [
        ("passed its gates", "s3://lake/b/report.json"), ("registered", ""), ("asked", ""), ("approved", ""), ("promoted", "s3://lake/r2"),
    ]  # fmt: skip
    started = next(event for event in chain((*RELEASED, *SECOND[:4], ROLLOUT)) if event.kind == "rollout_started")
    (shown,) = (
        step.evidence
        for step in stories(chain((*RELEASED, *SECOND[:4], ROLLOUT)), 1, {started.sha256: "s3://lake/rollout"})[0].steps
        if step.what == "rollout started"
    )
    assert shown == "s3://lake/rollout"


def test_what_names_no_model_is_no_story() -> None:
    drafts = (Draft("erased", ADA, None, None, {"subject": "x"}), Draft("alias_moved", ADA, "1", "d", {"found": ""}))
    assert stories(chain(drafts), 9) == []
