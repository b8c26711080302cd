"""What the person is shown who decides on a release."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reviewloop.core.gates.gates import DELTA
from reviewloop.core.release.automation import Proposal
from reviewloop.core.release.brief import Brief, PlanBrief
from reviewloop.pages.release import question
from reviewloop.refs import CandidateRef

HOSTILE = "[x](https://evil.example/a) ![i](https://evil.example/p.png) <b>| _y_"


def metrics(accuracy: float, macro_f1: float, neutral: float) -> dict[str, Any]:
    support = {"support.negative": 400, "support.neutral": 500, "support.positive": 2476}
    recall = {"recall.negative": 0.62, "recall.neutral": neutral, "recall.positive": 0.91}
    return {"accuracy": accuracy, "macro_f1": macro_f1, "calibration_error": 0.03, **recall, **support}


def gate(name: str, verdict: str = "pass", metric: str = "m", asked: str = "at least 0.5", **more: Any) -> dict[str, Any]:
    words = {"finding": f"{metric} is 0.6", "reason": "a missed complaint is the costly mistake"}
    return {"name": name, "verdict": verdict, "metric": metric, "asked": asked, "mode": "enforce", "blocks": False, **words, **more}


def a_slice(value: str, accuracy: float, verdict: str = "pass") -> dict[str, Any]:
    return {"value": value, "num_rows": 120, "accuracy": accuracy, "verdict": verdict}


def a_report(**changed: Any) -> dict[str, Any]:
    slices = {"department": [a_slice("Tops", 0.79), a_slice("Rare", 0.1, "not enough evidence"), a_slice("Dresses", 0.85)]}
    gates = [
        gate("macro_f1_floor", metric="macro_f1_low", asked="at least 0.55"),
        gate("neutral_recall_floor", metric="recall.neutral"),
    ]
    return {
        "candidate": "transformer", "trigger": "drift: 2026-01-04 | new data", "comparison": "against the champion",
        "evidence": {f"{DELTA}_low": -0.0124, f"{DELTA}_high": 0.0228}, "labels": {"department": "Department"},
        "gates": [*gates, gate("champion_mcnemar", "warn", finding="p is 0.004 | worse")],
        "models": {
            "baseline": {"metrics": metrics(0.818, 0.636, 0.505)},
            "transformer": {"metrics": metrics(0.838, 0.682, 0.518), "slices": slices, "slices_worse": ["department=Tops"]},
            "champion": {"metrics": metrics(0.835, 0.677, 0.573), "version": "1"},
        },
        "pages": {"bias_after": "s3://lake/reports/bias_after/index.html", "elsewhere": "s3://lake/x"},
    } | changed  # fmt: skip


def a_brief(**changed: Any) -> Brief:
    named = CandidateRef(
        version="2", kind="transformer", job_key="k", model_uri="u", macro_f1=0.682, gate_report_uri="s3://lake/reports/r.json"
    )
    made = Brief(
        candidate=named, report=a_report(), replaces="1", trainer="ada", commit="0123456789abcdef", is_dirty=False, past=(),
        level="assisted", proposal=Proposal(()), is_for_the_loop=False, waits=timedelta(days=7), agreed=11, asked=12,
        plan=PlanBrief("all_at_once", ()), approvers=(), trainer_may_approve=True,
    )  # fmt: skip
    return replace(made, **changed)


def body(**changed: Any) -> str:
    return question.body(a_brief(**changed), lambda uri: f"/pages/{uri.rpartition('/')[2]}" if "/reports/" in uri else "")


def test_the_subject_names_what_would_take_whose_place() -> None:
    assert question.subject(a_brief()) == "Release version 2 (transformer, macro-F1 0.682) in the place of version 1?"
    assert question.subject(a_brief(replaces="")) == "Release version 2 (transformer, macro-F1 0.682), the first of all?"


def test_it_begins_with_three_sentences_in_words() -> None:
    what, how_good, look_at, *_ = body().split("\n\n")
    assert "trained because of: drift: 2026-01-04 \\| new data, started by ada, would take the place of version **1**." in what
    assert how_good == (
        "On 3,376 sealed reviews it is right on 83.8 %, the champion on 83.5 %; macro-F1 changes by +0.005: it may be luck, the "
        "95 % interval is -0.012 to +0.023."
    )
    assert look_at == "Of 3 gates 1 is no plain pass; look at this: recall of neutral reviews falls from 0.573 to 0.518."


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.01, 0.02, "better beyond luck"), (-0.02, -0.01, "worse beyond luck"), (None, None, "nobody measured")],
)
def test_how_sure_the_difference_is_stands_in_words(low: float | None, high: float | None, words: str) -> None:
    assert words in body(report=a_report(evidence={f"{DELTA}_low": low, f"{DELTA}_high": high})).split("\n\n")[1]


def test_the_change_against_the_champion_is_a_column_with_the_limits_beside_it() -> None:
    lines = body().splitlines()
    assert "| on the sealed reviews | baseline | champion, version 1 | this version (transformer) | change | limit |" in lines
    assert "| macro-F1 | 0.636 | 0.677 | **0.682** | +0.005 better | at least 0.55 |" in lines
    assert "| recall, neutral | 0.505 | 0.573 | **0.518** | -0.055 **worse** | at least 0.5 |" in lines
    assert "| calibration error | 0.030 | 0.030 | **0.030** | +0.000 | none |" in lines


def test_before_the_first_champion_there_is_no_change_and_it_says_so() -> None:
    alone = a_report(evidence={}, comparison="there is no champion yet")
    del alone["models"]["champion"]
    told = body(report=alone, replaces="")
    assert "would be the first champion" in told
    assert "there is no champion to compare it with (there is no champion yet)" in told
    assert "| **0.682** | none yet | at least 0.55 |" in told


def test_gates_that_are_no_plain_pass_come_first_and_the_rest_is_one_line() -> None:
    told = body()
    assert (
        "| **warn** | champion\\_mcnemar | p is 0.004 \\| worse | at least 0.5 | a missed complaint is the costly mistake |" in told
    )
    assert "A plain pass, 2 of 3: macro\\_f1\\_floor, neutral\\_recall\\_floor." in told
    plain = body(report=a_report(gates=[gate("floor")]))
    assert "All 1 gates are a plain pass" in plain
    assert "| verdict |" not in plain
    assert "**No gate was asked**" in body(report=a_report(gates=[]))


def test_the_weakest_customers_are_named_where_there_is_evidence() -> None:
    told = body()
    assert told.index("| Department | Tops | 120 | 0.790 |") < told.index("| Department | Dresses | 120 | 0.850 |")
    assert "Rare" not in told
    assert "Worse than elsewhere beyond luck: department=Tops." in told


def test_what_an_approver_must_not_miss_is_above_the_numbers() -> None:
    overridden = gate("bias_after_training", "overridden", finding="it is 1; overridden by ada: x; grace: y")
    told = body(
        past=("2026-01-03: refused by fresh_data; the limits were moved since",), is_dirty=True,
        report=a_report(gates=[overridden]), proposal=Proposal(("gate x: warn",)),
    ).partition("### What changes")[0]  # fmt: skip
    assert "- **Judged before** 2026-01-03: refused by fresh\\_data; the limits were moved since." in told
    assert "- **The code was not committed** when this was trained" in told
    assert "- **Gate bias\\_after\\_training refused it, and was overridden**: it is 1; overridden by ada: x; grace: y." in told
    assert "- **The loop is not sure**: gate x: warn." in told
    assert "Nobody knows whether the code was committed" in body(is_dirty=None)


def test_the_loop_s_opinion_is_shown_from_level_assisted_on() -> None:
    assert "**The loop proposes: approve.**" in body()
    assert "Of the last 12 questions people answered 11 as the loop would have." in body()
    for level in ("human_only", "shadow"):
        assert not re.search("The loop (proposes|is not sure)|as the loop would", body(level=level))


def test_the_deadline_and_what_silence_means() -> None:
    assert "**Answer within 7 days** of this being asked. Silence means no" in body()
    told = body(level="full", is_for_the_loop=True, waits=timedelta(seconds=8))
    assert (
        "**The loop releases it 8 seconds after this is asked**, unless you say no or send it back before: silence means yes."
        in told
    )
    assert "Automation **full**: the loop decides whatever passed the gates" in told


@pytest.mark.parametrize(("seconds", "words"), [(604800, "7 days"), (5400, "90 minutes"), (7200, "2 hours"), (8, "8 seconds")])
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert question.in_words(timedelta(seconds=seconds)) == words


def test_who_may_say_yes() -> None:
    assert "May say yes: ada, grace." in body(approvers=("ada", "grace"))
    assert "May say yes: ada, grace, but not ada, who trained it." in body(approvers=("ada", "grace"), trainer_may_approve=False)
    assert "May say yes: whoever may edit this run under a name of his or her own." in body()


def test_what_a_yes_begins_with_its_power() -> None:
    lines = ("shadow: 617 more labels at 2.1 an hour: 290 h", "617 labels, about, for the verdict: no worse within 0.05")
    told = body(plan=PlanBrief("staged", ("shadow", "canary"), lines, "stage shadow would never end"))
    assert "by the plan **staged**: shadow, canary. What that takes:\n\n- shadow: 617 more labels" in told
    assert "- 617 labels, about, for the verdict" in told
    assert "**As traffic is now it cannot start**: stage shadow would never end." in told
    assert "It is the champion at once." in body()


def test_it_links_what_there_is() -> None:
    assert body().splitlines()[-1] == "[The whole report](/pages/r.json) · [Bias of its answers](/pages/index.html)"
    assert "[Its model card](/pages/card.html)" in body(card_uri="s3://lake/reports/cards/card.html")


def test_nothing_from_data_comes_alive() -> None:
    report = a_report(
        trigger=HOSTILE, comparison=HOSTILE, labels={"department": HOSTILE},
        gates=[gate(HOSTILE, "warn", asked=HOSTILE, finding=HOSTILE, reason=HOSTILE, metric="recall.neutral"), gate(HOSTILE)],
    )  # fmt: skip
    report["models"]["transformer"]["slices"] = {HOSTILE: [a_slice(HOSTILE, 0.5)], "department": [a_slice(HOSTILE, 0.6)]}
    report["models"]["transformer"]["slices_worse"] = [HOSTILE]
    told = body(
        report=report, trainer=HOSTILE, commit=HOSTILE, is_dirty=True, past=(HOSTILE,), proposal=Proposal((HOSTILE,)),
        approvers=(HOSTILE,), trainer_may_approve=False, plan=PlanBrief(HOSTILE, (HOSTILE,), (HOSTILE,), HOSTILE),
    )  # fmt: skip
    assert told.count("evil.example") > 20
    assert "://" not in told
    assert not re.search(r"(?<!\\)\[x|(?<!\\)<b|(?<!\\)_y", told)
    for line in told.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) in (5, 6, 7), line
