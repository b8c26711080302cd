"""What a run knows of itself: why it started, for which days, who approved it."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.configuration import conf
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSensorTimeout
from botocore.exceptions import ClientError, EndpointConnectionError

from reviewloop.errors import ConfigError, NothingToDo, PermanentError
from reviewloop.refs import CandidateRef, ChangeRef, CorrectionRef, CuratedRef, DecisionRef, FeaturesRef, PredictionsRef
from reviewloop_airflow import days, runs
from reviewloop_airflow.assets import CANDIDATE, CHANGED, CURATED, DRIFT, FEATURES, SCORED
from reviewloop_airflow.sensors import DeliverySensor


def curated(day, batch="b"):
    return CuratedRef(day=day, batch=batch, uri="u", digest="d", num_landed=3, num_rows=2, num_quarantined=1)


def scored(day, batch="b"):
    return PredictionsRef(day=day, batch=batch, uri="u", digest="d", num_rows=2, model_version="1")


def drift(day):
    return DecisionRef(
        day=day, model_version="3", verdict="train", reason="confirmed", families=("prediction",), days=("2026-01-01", day),
        reasons=("prediction 0.3 > 0.15",), report_uri="r", page_uri="p",
    )  # fmt: skip


FEATURES_REF = FeaturesRef(
    uri="u", sealed_uri="s", digest="d", last_day="2026-01-02", num_train=10, num_validation=1, num_test=2, num_new=4,
    max_seq_length=64,
)  # fmt: skip


def started_by(*refs_by_asset, **context):
    """A run's context; each event one minute after the one before."""
    events = {}
    for minute, (asset, ref) in enumerate(refs_by_asset):
        event = SimpleNamespace(
            extra=ref.model_dump(mode="json") if ref else {}, timestamp=datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
        )
        events.setdefault(asset, []).insert(0, event)
    return {"triggering_asset_events": events, "task": SimpleNamespace(inlets=[]), **context}


def test_the_evidence_of_drift_is_the_reason_of_the_run():
    context = started_by((DRIFT, drift("2026-01-04")))
    assert runs.why_started(context) == "drift: 2026-01-04 under version 3: prediction 0.3 > 0.15"
    assert runs.drift_day(context) == "2026-01-04"


class Events(list):
    """Airflow's accessor: all events of an asset, or those from a time on."""

    def after(self, time):
        return [event for event in self if event.timestamp >= datetime.fromisoformat(time)]


def test_an_event_that_airflow_forgot_is_taken_by_the_next_run_of_a_task_with_that_inlet():
    forgotten = started_by((CURATED, curated("2026-01-01")), (CURATED, curated("2026-01-02")), (CURATED, curated("2026-01-03")))
    _, second, _ = everything = sorted(forgotten["triggering_asset_events"][CURATED], key=lambda event: event.timestamp)
    context = {
        "triggering_asset_events": {CURATED: [second]},
        "inlet_events": {CURATED: Events(everything)},
        "task": SimpleNamespace(inlets=[CURATED]),
    }
    assert [extra["day"] for extra in runs.curated_days(context)] == ["2026-01-02", "2026-01-03"]
    assert [extra["day"] for extra in runs.curated_days(context | {"task": SimpleNamespace(inlets=[])})] == ["2026-01-02"]


def test_drift_and_new_data_can_start_one_run():
    context = started_by((FEATURES, FEATURES_REF), (DRIFT, drift("2026-01-03")), (DRIFT, drift("2026-01-04")))
    reasons = runs.why_started(context).split(" | ")
    assert [reason.split(":")[0] for reason in reasons] == ["drift", "drift", "new data"]
    assert reasons[-1] == "new data: up to 2026-01-02, 4 new of 10 training rows"
    assert runs.drift_day(context) == "2026-01-04"


def test_a_deploy_is_the_reason_of_the_run_and_drift_stays_before_it():
    change = ChangeRef(changes=("changed code: module reviewloop.training.loop", "changed lock: requirements.txt"))
    told = "changed code: module reviewloop.training.loop; changed lock: requirements.txt"
    assert runs.why_started(started_by((CHANGED, change))) == told
    both = runs.why_started(started_by((CHANGED, change), (DRIFT, drift("2026-01-04"))))
    assert both.startswith("drift: ")
    assert both.endswith(told)
    assert runs.drift_day(started_by((CHANGED, change))) is None


def test_a_snapshot_that_a_deploy_asked_for_says_so():
    ref = FEATURES_REF.model_copy(update={"changes": ("changed configuration: features.balance_power from 0.5 to 0.25",)})
    changed, new = runs.why_started(started_by((FEATURES, ref))).split(" | ")
    assert changed == "changed configuration: features.balance_power from 0.5 to 0.25, in the making of the snapshot"
    assert new.startswith("new data: ")


@pytest.mark.parametrize(("run_type", "why"), [("scheduled", "schedule"), ("manual", "by hand")])
def test_a_run_without_events_was_started_by_the_clock_or_by_hand(run_type, why):
    context = {"triggering_asset_events": {}, "dag_run": SimpleNamespace(run_type=run_type)}
    assert runs.why_started(context) == why
    assert runs.drift_day(context) is None


def test_the_newest_candidate_counts():
    refs = [CandidateRef(version=v, kind="baseline", job_key="k", model_uri="u", macro_f1=0.6, gate_report_uri="r") for v in "12"]
    assert CandidateRef.model_validate(runs.newest_candidate(started_by(*((CANDIDATE, ref) for ref in refs)))) == refs[1]
    assert runs.newest_candidate(started_by()) is None


def test_days_come_in_order_and_a_day_delivered_twice_counts_once():
    context = started_by(
        (CURATED, curated("2026-01-03")), (CURATED, curated("2026-01-02", "old")), (CURATED, curated("2026-01-02", "new"))
    )
    found = days.days_to_score(runs.curated_days(context), None)
    assert [(ref.day, ref.batch) for ref in found] == [("2026-01-02", "new"), ("2026-01-03", "b")]


def test_a_named_day_is_looked_up(monkeypatch):
    monkeypatch.setattr(days, "find_curated", curated)
    assert days.days_to_score([], "2026-01-02") == [curated("2026-01-02")]


def test_scoring_without_a_day_asks_for_one():
    with pytest.raises(ConfigError, match=r"^day: .*name a curated day \(YYYY-MM-DD\)"):
        days.days_to_score([], None)


def test_scored_days_are_monitored_once_each():
    context = started_by((SCORED, scored("2026-01-02", "old")), (SCORED, scored("2026-01-02", "new")))
    assert days.days_to_monitor(runs.scored_days(context)) == [scored("2026-01-02", "new")]
    with pytest.raises(NothingToDo, match="run sentiment_score"):
        days.days_to_monitor([])


def test_an_event_that_someone_made_by_hand_without_a_ref_is_left_out():
    assert runs.curated_days(started_by((CURATED, None))) == []


def test_a_run_knows_the_user_who_started_it():
    assert runs.started_by({"dag_run": SimpleNamespace(triggering_user_name="ada")}) == "ada"
    with pytest.raises(PermanentError, match="does not know who started this run"):
        runs.started_by({"dag_run": SimpleNamespace(triggering_user_name=None)})


def test_a_delivery_that_never_came_is_one_clear_line():
    sensor = DeliverySensor(task_id="wait", bucket_name="lake", bucket_key="inbox/2026-01-02/*")
    with pytest.raises(AirflowSensorTimeout, match=r"nothing came to s3://lake/inbox/2026-01-02/\* in 12 hours: put"):
        sensor.resume_execution("__fail__", {"error": "Trigger timeout"}, {})


def test_a_correction_starts_its_day_under_a_name_of_its_own(monkeypatch):
    first = CorrectionRef(day="2026-01-02", uri="s3://b/k", etag="0123456789abcdef" * 2, delivered_at="2026-01-03T09:00:00+00:00")
    again = first.model_copy(update={"delivered_at": "2026-01-03T10:00:00+00:00"})
    monkeypatch.setattr(days, "find_corrections", lambda: [first, again])
    started = days.days_to_start()
    assert started[0] == {
        "conf": {"day": "2026-01-02"},
        "trigger_run_id": "correction__2026-01-02__2026-01-03T09:00:00+00:00__0123456789abcdef",
    }
    assert started[1]["trigger_run_id"] != started[0]["trigger_run_id"]
    assert all(re.fullmatch(conf.get("scheduler", "allowed_run_id_pattern"), run["trigger_run_id"]) for run in started)


@pytest.fixture
def sensor(monkeypatch):
    """A sensor whose look at S3 ends as ``sensor.looks`` says."""
    made = DeliverySensor(task_id="wait", bucket_name="lake", bucket_key="inbox/2026-01-02/*")
    made.looks = []

    def poke(context):
        outcome = made.looks.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(made, "poke", poke)
    return made


AWAY = EndpointConnectionError(endpoint_url="http://s3")
CONTEXT = {"ti": SimpleNamespace(get_first_reschedule_date=lambda _: None)}


def test_a_lake_that_is_away_is_waited_out_by_the_sensor(sensor):
    sensor.looks = [AWAY, AWAY, True]
    with pytest.raises(AirflowRescheduleException):
        type(sensor).execute.__wrapped__(sensor, CONTEXT)
    with pytest.raises(AirflowRescheduleException):
        sensor.execute_complete(CONTEXT, {"status": "error", "message": "Could not connect"})
    sensor.execute_complete(CONTEXT, {"status": "error", "message": "Could not connect"})
    assert sensor.looks == []


def test_a_lake_that_is_closed_to_the_sensor_fails_at_once(sensor):
    sensor.looks = [ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")]
    with pytest.raises(PermanentError, match=r"^look for s3://lake/inbox/2026-01-02/\*: AccessDenied: no$"):
        sensor.execute_complete(CONTEXT, {"status": "error", "message": "An error occurred"})


def test_products_are_watched_for_the_day_asked_for_else_the_scored_ones_else_yesterday():
    days_scored = [scored(day, "b").model_dump() for day in ("2026-01-03", "2026-01-02", "2026-01-02")]
    assert days.days_to_watch(days_scored, "2026-02-01") == ["2026-02-01"]
    assert days.days_to_watch(days_scored, None) == ["2026-01-02", "2026-01-03"]
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert days.days_to_watch([], None) in ([yesterday.isoformat()], [(yesterday + timedelta(days=1)).isoformat()])
