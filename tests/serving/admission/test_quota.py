"""A quota of each key: counted by its name, told with a true time to come again, and no overload."""

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from reviewloop.config import load_config
from reviewloop.errors import ConfigError
from reviewloop.serving import app as room
from reviewloop.serving.admission.bodies import Bodies
from reviewloop.serving.admission.quota import OverQuota, Quota, quota_of
from reviewloop.serving.inference.scheduler import Overloaded
from reviewloop.serving.keys import key_digest, parse_keys
from reviewloop.settings import settings

SHOP, APP = "the-key-of-the-shop", "the-key-of-the-app"
NOBODY = parse_keys("")
SOMEBODY = parse_keys(f"shop:{key_digest(SHOP)}")


class Clock:
    """The second that it is, in the library too."""

    def __init__(self) -> None:
        self.now = 1_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("time.time", made)
    return made


def is_taken(quota: Quota, name: str) -> bool:
    try:
        quota.check(name)
    except OverQuota:
        return False
    quota.count(name)
    return True


def test_in_no_sixty_seconds_more_than_the_quota_is_taken(clock: Clock) -> None:
    quota, taken = Quota(10), []
    for _ in range(600):
        if is_taken(quota, "shop"):
            taken.append(clock.now)
        clock.now += 0.7
    assert all(later - earlier > 60 for earlier, later in zip(taken, taken[10:], strict=False))
    assert len(taken) == 70, "ten in each of the seven minutes"


def test_the_time_to_come_again_is_true(clock: Clock) -> None:
    quota = Quota(2)
    for seconds in (0, 10, 20.5):
        clock.now = 1_000_000.25 + seconds
        taken = is_taken(quota, "shop")
    assert not taken
    with pytest.raises(OverQuota, match="^key shop: its quota of 2 requests a minute is used up; try again in 40 s$") as caught:
        quota.check("shop")
    clock.now += caught.value.retry_after_seconds - 1
    assert not is_taken(quota, "shop")
    clock.now += 1
    assert is_taken(quota, "shop")
    assert not is_taken(quota, "shop"), "the second one of that minute has ten seconds more to go"


def test_a_clock_that_is_set_back_keeps_nobody_out(clock: Clock) -> None:
    quota = Quota(2)
    assert [is_taken(quota, "shop") for _ in range(3)] == [True, True, False]
    clock.now -= 3600
    assert [is_taken(quota, "shop") for _ in range(3)] == [True, True, False]


def test_one_keys_quota_does_not_touch_anothers(clock: Clock) -> None:
    quota = Quota(1)
    assert [is_taken(quota, name) for name in ("shop", "shop", "app", "app")] == [True, False, True, False]


def test_a_quota_that_counts_nobody_is_refused() -> None:
    with pytest.raises(ConfigError, match="^serving.key_requests_per_minute: 60: is counted by key, and no key is asked for; "):
        quota_of(60, NOBODY)
    assert quota_of(None, NOBODY) is quota_of(None, SOMEBODY) is None
    assert quota_of(60, SOMEBODY) is not None


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """An endpoint with two keys, two requests a minute each, and no model: who is taken in is told 503."""
    config = load_config()
    serving = config.serving.model_copy(update={"key_requests_per_minute": 2, "max_body_megabytes": 0.001})
    keys = f"shop:{key_digest(SHOP)},app:{key_digest(APP)}"
    found = settings().model_copy(update={"serve_keys": keys})
    monkeypatch.setattr(room, "load_config", lambda: config.model_copy(update={"serving": serving}))
    monkeypatch.setattr(room, "settings", lambda: found)
    return TestClient(room.create_app())


def asked(http: TestClient, key: str, path: str = "/predict", text: str = "fine") -> httpx.Response:
    return http.post(path, json={"reviews": [{"text": text}]}, headers={"authorization": f"Bearer {key}"})


def refusals(http: TestClient) -> dict[str, float]:
    text = http.get("/metrics", headers={"authorization": f"Bearer {SHOP}"}).text
    families = text_string_to_metric_families(text)
    return {one.labels["reason"]: one.value for family in families for one in family.samples if one.name.endswith("refused_total")}


def test_who_asks_too_often_is_refused_by_name_and_apart_from_overload(http: TestClient) -> None:
    assert refusals(http)["quota"] == 0, "it is there from the beginning"
    assert [asked(http, SHOP).status_code for _ in range(2)] == [503, 503]
    refused = asked(http, SHOP)
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 61
    assert refused.json() == {"detail": f"key shop: its quota of 2 requests a minute is used up; try again in {seconds} s"}
    assert "error" in asked(http, SHOP, "/v2/models/any/infer").json(), "in the words of the protocol"
    assert asked(http, APP).status_code == 503, "the other key has a quota of its own"
    found = refusals(http)
    assert (found["quota"], found["overloaded"], found["no_model"]) == (2, 0, 3)


def test_who_watches_is_not_refused_and_spends_nothing(http: TestClient) -> None:
    for _ in range(5):
        assert http.get("/health", headers={"authorization": f"Bearer {SHOP}"}).status_code == 503
    assert [asked(http, SHOP).status_code for _ in range(3)] == [503, 503, 429]
    assert http.get("/health", headers={"authorization": f"Bearer {SHOP}"}).status_code == 503


def full(*_: object) -> None:
    raise Overloaded(1)


def test_what_was_refused_for_another_reason_spends_nothing(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(http, "no key of ours").status_code == 401
    assert asked(http, SHOP, text="x" * 2_000).status_code == 413
    with monkeypatch.context() as patch:
        patch.setattr(Bodies, "check", full)
        assert asked(http, SHOP).json() == {"detail": "overloaded; try again in 1 s"}
    assert [asked(http, SHOP).status_code for _ in range(3)] == [503, 503, 429]
    assert refusals(http)["overloaded"] == 1
