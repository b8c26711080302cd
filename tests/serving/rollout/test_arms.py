"""Who answers whom during a rollout: a real uvicorn, a champion, and challengers that do what challengers do."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from tests.helpers.followed import Fake
from tests.helpers.slow_endpoint import Served, until

from reviewloop.core.rollout.assignment import assign
from reviewloop.serving import app
from reviewloop.serving.inference.loaded import WARM_WORD
from reviewloop.serving.rollout.arms import shadow_salt
from reviewloop.serving.rollout.patience import MAX_LATE, REST_SECONDS, Patience


class Broken(Fake):
    """Behaves in the warm-up; afterwards ``fault`` happens before each pass."""

    fault: Callable[[], Any] = staticmethod(lambda: None)

    def answer(self, items: Any) -> np.ndarray:
        if WARM_WORD in items[0].content:
            return super().answer(items)
        self.passes.append([item.content for item in items])
        found = self.fault()
        return super().answer(items) if found is None else found


def raising() -> None:
    raise RuntimeError("out of tune\nand more")


LET_GO = threading.Event()


def hanging() -> None:
    LET_GO.wait(8)


def broken(fault: Callable[[], Any]) -> Broken:
    model = Broken()
    model.fault = fault
    return model


def nan() -> np.ndarray:
    return np.full((1, 3), np.nan)


def logits() -> np.ndarray:
    return np.array([[-1.0, 0.0, 2.0]])


@pytest.fixture
def hung(served: Served) -> Iterator[Served]:
    """What hangs goes on at the end: else its end would wait for it."""
    LET_GO.clear()
    yield served
    LET_GO.set()


@pytest.fixture
def opened(hung: Served) -> Served:
    hung.model.gate.set()
    return hung


def generation(served: Served) -> int | None:
    return served.http.get("/health").json()["generation"]


def rolling(served: Served, model: Any, *stages: tuple[float, float], version: str = "8") -> Served:
    served.followed.start_rollout(version, model, *stages)
    until(lambda: generation(served) == len(served.followed.events))
    return served


def ask(served: Served, **fields: Any) -> dict[str, Any]:
    answer = served.http.post("/predict", json={"reviews": [{"text": "fine"}], **fields})
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "arm": answer.headers["x-reviewloop-arm"], "generation": answer.headers["x-reviewloop-generation"]}


def records(served: Served, event: str = "answer") -> list[dict[str, Any]]:
    return [record for record in served.captured if record["event"] == event]


def test_a_unit_is_answered_by_its_arm_each_time_and_the_answer_names_its_model(opened: Served) -> None:
    rolling(opened, Fake(), (0.5, 0))
    salt = opened.followed.events[-1].facts["salt"]
    for unit in range(40):
        arm = assign(salt, unit, {"challenger": 0.5, "champion": 0.5})
        version = {"challenger": "8", "champion": "7"}[arm]
        for given in (str(unit), unit):
            answer = ask(opened, unit=given)
            assert (answer["arm"], answer["version"], answer["digest"], answer["generation"]) == (arm, version, f"d{version}", "2")
    kept = records(opened)
    assert len(kept) == 80
    assert {(record["arm"], record["version"], record["digest"]) for record in kept} == {
        ("champion", "7", "d7"), ("challenger", "8", "d8"),
    }  # fmt: skip


def test_a_record_tells_all_that_a_judge_needs(opened: Served) -> None:
    rolling(opened, Fake(), (1, 0))
    review = {"text": "fine", "title": "So", "review_id": 17, "dataset": "shop", "day": "2026-01-05", "product": "1078"}
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    answer = opened.http.post("/predict", json={"reviews": [review, {"text": "good"}]}, headers={"traceparent": trace})
    (record,) = records(opened)
    assert 0 < record.pop("latency_ms") < 10_000
    assert record.pop("received_at")[:2] == "20"
    assert record.pop("predictions") == answer.json()["predictions"]
    started = opened.followed.events[-1]
    assert record == {
        "event": "answer", "request_id": answer.json()["request_id"],
        "unit": "shop/2026-01-05/17", "sticky": True, "generation": 2,
        "rollout": started.sha256, "stage": "stage-0", "arm": "challenger", "version": "8", "kind": "baseline",
        "form": "as_trained", "digest": "d8", "status": 200, "caller": None, "traceparent": trace, "error": None,
        "reviews": [review, {**dict.fromkeys(review), "text": "good"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "unit", "sticky"),
    [
        ({"unit": "Ann"}, "Ann", True),
        ({"unit": 7}, "7", True),
        ({"reviews": [{"text": "fine", "review_id": "7"}]}, "//7", True),
        ({"unit": "Ann", "reviews": [{"text": "fine", "review_id": 7}]}, "Ann", True),
        ({}, None, False),
    ],
)
def test_the_unit_is_the_callers_else_the_first_review_else_the_request(
    opened: Served, fields: dict[str, Any], unit: str | None, sticky: bool
) -> None:
    answer = ask(opened, **fields)
    (record,) = records(opened)
    assert (record["unit"], record["sticky"]) == (unit or answer["request_id"], sticky)
    assert (record["rollout"], record["stage"], record["arm"]) == (None, None, "champion")


def test_after_a_rollback_no_answer_is_of_the_old_arm_and_another_rollout_draws_anew(opened: Served) -> None:
    rolling(opened, Fake(), (0.5, 0))
    first = {unit for unit in range(60) if ask(opened, unit=unit)["version"] == "8"}
    opened.followed.end()
    until(lambda: generation(opened) == 3)
    assert {ask(opened, unit=unit)["version"] for unit in range(60)} == {"7"}
    rolling(opened, Fake(), (0.5, 0), version="9")
    second = {unit for unit in range(60) if ask(opened, unit=unit)["version"] == "9"}
    assert 15 < len(first) < 45
    assert 15 < len(second) < 45
    assert 10 < len(first ^ second) < 50, "the first rollout's draw must say nothing about the second's"


@pytest.mark.slow
@pytest.mark.parametrize("served", [(lambda followed: followed.start_rollout("8", Fake(), (0.5, 0)), 15, {})], indirect=True)
def test_from_the_verdict_to_the_challengers_last_answer_it_takes_less_than_five_seconds(opened: Served) -> None:
    until(lambda: generation(opened) == 2)
    opened.followed.end()
    verdict, last = time.monotonic(), 0.0
    while time.monotonic() - verdict < 6:
        if ask(opened, unit=time.monotonic_ns())["version"] == "8":
            last = time.monotonic()
    assert 0 < last - verdict < 5


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (raising, 500, "RuntimeError: out of tune"),
        (nan, 500, "NotFinite: not finite: model version 8 gave no probabilities for some of 1 texts"),
        (logits, 500, "NotFinite: finite, but no probabilities: model version 8, for some of 1 texts"),
        (hanging, 504, "no answer in time"),
    ],
)
def test_where_the_challenger_fails_the_champion_answers_and_the_failure_is_the_challengers(
    opened: Served, fault: Callable[[], Any], status: int, error: str
) -> None:
    rolling(opened, broken(fault), (1, 0))
    answer = opened.http.post("/predict", json={"reviews": [{"text": "fine"}], "unit": "Ann"}, headers={"X-Request-Timeout": "1"})
    assert (answer.status_code, answer.json()["version"], answer.headers["x-reviewloop-arm"]) == (200, "7", "champion")
    instead, failed = records(opened)
    assert (failed["arm"], failed["version"], failed["status"], failed["predictions"]) == ("challenger", "8", status, None)
    assert failed["error"] == error
    assert failed["rollout"] == opened.followed.events[-1].sha256
    assert (instead["arm"], instead["version"], instead["status"]) == ("champion", "7", 200)
    assert (instead["rollout"], instead["stage"]) == (None, None), "whom nobody assigned to it is no evidence for the champion"
    assert instead["request_id"] == failed["request_id"]


def test_a_challenger_that_hangs_takes_nothing_from_the_champions_callers(opened: Served) -> None:
    rolling(opened, broken(hanging), (0.5, 0))
    salt = opened.followed.events[-1].facts["salt"]
    mine = [unit for unit in range(40) if assign(salt, unit, {"challenger": 0.5, "champion": 0.5}) == "champion"]
    others = [unit for unit in range(40) if unit not in mine]
    with ThreadPoolExecutor(40) as pool:
        hung = [pool.submit(ask, opened, unit=unit) for unit in others]
        started = time.monotonic()
        assert {ask(opened, unit=unit)["version"] for unit in mine} == {"7"}
        assert time.monotonic() - started < 3
        opened.followed.end()  # and they are answered as soon as the challenger is sent back
        assert {one.result()["version"] for one in hung} == {"7"}
        assert time.monotonic() - started < 5


def test_under_overload_who_would_be_the_challengers_is_refused_unread_and_not_left_to_the_champion(
    opened: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "LANE_HANGS_SECONDS", 60.0)
    gate = threading.Event()
    gate.set()
    rolling(opened, broken(lambda: gate.wait(10) and None), (1, 0))
    for _ in range(30):  # then it is known how large a request usually is
        assert opened.predict("x" * 90).status_code == 200
    gate.clear()
    with ThreadPoolExecutor(7) as pool:
        asked = [pool.submit(opened.predict, "x" * 90) for _ in range(7)]
        until(lambda: opened.waiting() == 6)
        assert opened.predict("x" * 90).status_code == 429
        monkeypatch.setattr(app, "LANE_HANGS_SECONDS", 0.0)
        assert opened.predict("x" * 90, **{"X-Request-Timeout": "0.2"}).json()["version"] == "7", "it hangs: no reason to refuse"
        gate.set()
        answers = [one.result() for one in asked]
    assert {(answer.status_code, answer.json()["version"]) for answer in answers} == {(200, "8")}
    assert 429 not in {record["status"] for record in records(opened)}, "who is refused before anything is parsed is in no record"


@pytest.mark.parametrize(("share", "arm"), [(1, "challenger"), (0, "champion")])
def test_during_a_rollout_who_hangs_up_is_told_of_for_its_arm(hung: Served, share: float, arm: str) -> None:
    served = rolling(hung, broken(hanging), (share, 0))
    body = b'{"reviews": [{"text": "fine"}]}'
    connection = served.raw(f"Content-Length: {len(body)}", body)
    time.sleep(0.1)
    connection.close()
    until(lambda: bool(records(served)))
    (record,) = records(served)
    assert (record["arm"], record["status"], record["error"]) == (arm, 499, "HungUp: the caller went away")
    assert record["rollout"] == served.followed.events[-1].sha256


def test_callers_are_spared_the_wait_for_a_challenger_that_was_late_again_and_again() -> None:
    now = [0.0]
    patience, model, other = Patience(lambda: now[0]), object(), object()
    for _ in range(MAX_LATE):
        assert not patience.is_over(model)  # type: ignore[arg-type]
        patience.heard(model, 504)  # type: ignore[arg-type]
        patience.heard(model, 499)  # type: ignore[arg-type]
        patience.heard(model, 429)  # type: ignore[arg-type]
    assert patience.is_over(model), "who does not wait, or finds no room, has not heard that it is well"  # type: ignore[arg-type]
    assert not patience.is_over(other)  # type: ignore[arg-type]
    now[0] = REST_SECONDS
    assert [patience.is_over(model) for _ in range(3)] == [False, True, True], "one request is its trial"  # type: ignore[arg-type]
    patience.heard(model, 504)  # type: ignore[arg-type]
    assert patience.is_over(model)  # type: ignore[arg-type]
    now[0] = 2 * REST_SECONDS
    assert not patience.is_over(model)  # type: ignore[arg-type]
    patience.heard(model, 200)  # type: ignore[arg-type]
    patience.heard(model, 504)  # type: ignore[arg-type]
    assert not patience.is_over(model)  # type: ignore[arg-type]


def test_callers_who_do_not_wait_long_are_answered_although_the_challenger_hangs(opened: Served) -> None:
    rolling(opened, broken(hanging), (1, 0))
    for _ in range(MAX_LATE):
        with pytest.raises(httpx.TimeoutException):
            opened.http.post("/predict", json={"reviews": [{"text": "fine"}]}, timeout=0.7)
    until(lambda: len(records(opened)) == MAX_LATE)
    answer = opened.http.post("/predict", json={"reviews": [{"text": "fine"}]}, timeout=0.7)
    assert (answer.status_code, answer.json()["version"]) == (200, "7")
    late = records(opened)[:MAX_LATE]
    assert {(record["arm"], record["status"]) for record in late} == {("challenger", 504)}, "they count as its timeouts"
    assert all(record["error"].startswith("no answer in time: the caller went away after 0.") for record in late)


def test_who_is_in_a_hurry_gets_the_champion_and_takes_the_challenger_from_nobody(opened: Served) -> None:
    rolling(opened, broken(lambda: time.sleep(0.1)), (1, 0))
    for _ in range(2 * MAX_LATE):
        answer = opened.predict("fine", **{"X-Request-Timeout": "0.1"})
        assert (answer.status_code, answer.json()["version"]) == (200, "7"), "half of a tenth of a second is no time for another"
    assert {(record["arm"], record["status"], record["rollout"]) for record in records(opened)} == {("champion", 200, None)}
    assert ask(opened)["version"] == "8"


def test_a_caller_who_waits_for_long_does_not_wait_for_the_challenger_as_long(opened: Served) -> None:
    rolling(opened, broken(hanging), (1, 0))
    started = time.monotonic()
    assert ask(opened)["version"] == "7", "of a wait of 20 s"
    assert time.monotonic() - started < 4


def test_the_champions_own_failure_is_told_and_captured(opened: Served) -> None:
    answer = opened.predict("unreadable")
    assert (answer.status_code, answer.json()) == (500, {"detail": "the model could not read the request"})
    (record,) = records(opened)
    assert (record["status"], record["arm"], record["predictions"]) == (500, "champion", None)
    assert record["error"].startswith("NotFinite: not finite: model version 7")


def test_who_answers_is_drawn_apart_from_who_is_shadowed() -> None:
    both = [
        (assign("salt", unit, {"a": 0.5, "b": 0.5}) == "a", assign(shadow_salt("salt"), unit, {"a": 0.5, "b": 0.5}) == "a")
        for unit in range(4000)
    ]
    assert len(shadow_salt("s" * 16).encode()) == 16
    assert np.corrcoef(np.array(both).T.astype(float))[0, 1] == pytest.approx(0, abs=0.05)


def test_health_tells_of_the_rollout(opened: Served) -> None:
    assert opened.http.get("/health").json()["rollout"] is None
    rolling(opened, Fake(), (0.25, 0.5))
    assert opened.http.get("/health").json()["rollout"] == {
        "stage": "stage-0", "challenger": "8", "challenger_share": 0.25, "shadow_share": 0.5,
    }  # fmt: skip
