import io
import re
from collections.abc import Callable

import httpx
import pytest
from rich.console import Console

from reviewloop_local.errors import LocalError
from reviewloop_local.loop.airflow_api import AirflowApi, DagRun, plain
from reviewloop_local.loop.display import LineDisplay, table_of
from reviewloop_local.loop.follow import Change, Watch, follow, last_error, last_warning, skip_reason

OURS = "delivery__2026-01-01__ab"


class Recorder:
    """A display that remembers, and moves the canned world on at every tick."""

    def __init__(self, *steps: Callable[[], None]) -> None:
        self.seen: list[tuple[str, str | None, str]] = []
        self.over: list[tuple[str, str]] = []
        self._steps = list(steps)

    def changed(self, change: Change) -> None:
        self.seen.append((change.task.task_id, change.task.state, change.note))

    def ended(self, run: DagRun) -> None:
        self.over.append((run.dag_id, run.state))

    def tick(self, watch: Watch) -> None:
        if self._steps:
            self._steps.pop(0)()


def test_a_run_is_followed_task_by_task_to_its_end(airflow, api):
    airflow.add_run("reviews_ingest", OURS, "running", conf={"day": "2026-01-01"})
    airflow.add_task(OURS, "land", "running")

    def lands() -> None:
        airflow.add_task(OURS, "land", "success")
        airflow.add_task(OURS, "parse", "queued")

    def ends() -> None:
        airflow.add_task(OURS, "parse", "success")
        airflow.add_run("reviews_ingest", OURS, "success")

    recorder = Recorder(lands, ends)
    follow(Watch(api, {OURS}), recorder, poll_seconds=0)

    assert recorder.seen == [("land", "running", ""), ("land", "success", ""), ("parse", "success", "")]
    assert recorder.over == [("reviews_ingest", "success")]


def test_following_goes_on_while_an_asset_event_waits_to_start_a_run(airflow, api):
    airflow.pending = 1
    ticks: list[int] = []

    def wait() -> None:
        ticks.append(1)

    def start() -> None:
        airflow.pending = 0
        airflow.add_run("sentiment_train", "t1")

    recorder = Recorder(wait, wait, wait, start)
    follow(Watch(api, {OURS}), recorder, poll_seconds=0)

    assert len(ticks) == 3
    assert recorder.over == [("sentiment_train", "success")]


def test_an_ingest_run_that_waits_for_somebody_elses_delivery_is_not_waited_for(airflow, api):
    airflow.add_run("reviews_ingest", "scheduled__2026-11-19", "running")

    watch = Watch(api, {OURS})
    follow(watch, Recorder(), poll_seconds=0)

    assert not watch.runs


def test_what_ended_before_we_looked_is_not_told_again_unless_it_is_ours(airflow, api):
    airflow.add_run("sentiment_train", "long ago", "failed", updated_at="2026-01-01T10:00:07+00:00")
    airflow.add_run("reviews_ingest", OURS)

    watch = Watch(api, {OURS})
    follow(watch, Recorder(), poll_seconds=0)

    assert [run.run_id for run in watch.runs.values()] == [OURS]


def test_what_an_earlier_command_did_is_counted_and_not_told_again(airflow, api):
    before = {"start_date": "2026-01-01T10:00:00+00:00", "end_date": "2026-01-01T10:00:07+00:00"}
    airflow.add_run("reviews_ingest", OURS, **before)
    airflow.add_task(OURS, "land", **before)
    watch, recorder = Watch(api, {OURS}), Recorder()

    follow(watch, recorder, poll_seconds=0)

    assert (recorder.seen, recorder.over) == ([], [])
    assert [run.run_id for run in watch.ours()] == [OURS]


def test_a_failed_run_names_the_task_that_failed_first_its_error_and_its_page(airflow, api):
    airflow.add_run("reviews_ingest", OURS, "failed", conf={"day": "2026-01-01"})
    airflow.add_task(OURS, "validate", "failed")
    airflow.add_task(OURS, "curate", "upstream_failed", start_date=None)
    airflow.logs[(OURS, "validate")] = [
        {"event": "Task failed", "error_detail": [{"exc_type": "DataRejected", "exc_value": "quality: no title\nmore"}]},
        {"event": "FAILED, says the notifier", "level": "error"},
    ]
    watch = Watch(api, {OURS})
    follow(watch, Recorder(), poll_seconds=0)

    [failure] = watch.failures()
    assert str(failure) == (
        "reviews_ingest.validate (2026-01-01) failed: DataRejected: quality: no title  "
        f"see http://airflow/dags/reviews_ingest/runs/{OURS}/tasks/validate"
    )


def test_a_skipped_step_tells_its_reason_and_a_person_who_is_waited_for_gets_the_page(airflow, api):
    airflow.add_run("sentiment_release", "r1", "running")
    airflow.add_task("r1", "approve", "awaiting_input")
    airflow.add_task("r1", "promote", "skipped")
    airflow.logs[("r1", "promote")] = [{"event": "Skipping task.", "reason": "nothing changed"}]

    notes = {event.task.task_id: event.note for event in Watch(api, set()).look() if isinstance(event, Change)}

    assert notes["approve"] == "waits for a person: http://airflow/dags/sentiment_release/runs/r1/tasks/approve"
    assert notes["promote"] == "nothing changed"


def test_a_log_without_an_error_says_that_the_process_was_killed():
    assert last_error([{"event": "all well", "level": "info"}]) == "the log holds no error: the process was killed"
    assert last_error([{"event": "boom\nat line 3", "level": "error"}]) == "boom"
    assert skip_reason([{"event": "anything"}]) == ""


def test_lines_read_well_in_a_file(airflow, api):
    airflow.add_run("sentiment_score", "s1", "success", run_type="asset_triggered")
    airflow.add_task("s1", "score", "success", map_index=2, duration=3.21)
    airflow.runs[("sentiment_score", "s1")]["state"] = "running"
    watch, sink = Watch(api, set()), io.StringIO()
    display = LineDisplay(Console(file=sink, highlight=False))

    for event in watch.look():
        assert isinstance(event, Change)
        display.changed(event)
    airflow.runs[("sentiment_score", "s1")]["state"] = "success"
    for event in watch.look():
        assert isinstance(event, DagRun)
        display.ended(event)

    first, second = sink.getvalue().splitlines()
    assert re.fullmatch(r"[\d:]{8}    ✓ sentiment_score\.score\[2\]  asset triggered [\d:]{8}  3\.2 s", first)
    assert re.fullmatch(r"[\d:]{8}  ✓ sentiment_score  asset triggered [\d:]{8}  success  7 s", second)


def test_the_table_on_a_terminal_shows_the_runs_that_are_not_over(airflow, api):
    airflow.add_run("sentiment_train", "t1", "running")
    airflow.add_task("t1", "finetune", "running")
    airflow.add_run("reviews_features", "f1")
    watch, sink = Watch(api, set()), io.StringIO()
    list(watch.look())

    Console(file=sink, width=120).print(table_of(watch))

    assert "finetune" in sink.getvalue()
    assert "reviews_features" not in sink.getvalue()


def test_the_client_logs_in_again_when_its_token_is_worn_out(airflow, api):
    airflow.add_run("reviews_ingest", "a")
    assert len(api.runs(["reviews_ingest"])) == 1
    airflow.num_logins += 1  # Airflow was restarted: the old token is worth nothing

    assert len(api.runs(["reviews_ingest"])) == 1


def test_the_client_waits_for_an_api_server_that_is_being_restarted(airflow, api):
    airflow.num_refusals = 2

    assert api.runs(["reviews_ingest"]) == []


def test_an_api_server_that_stays_away_is_told_in_one_line(airflow, api):
    airflow.num_refusals = 1000

    with pytest.raises(LocalError, match="Airflow at http://airflow does not answer .*: see `make status`"):
        api.runs(["reviews_ingest"])


def test_the_client_tries_again_where_airflows_database_is_busy(airflow, api):
    airflow.num_errors = 2

    api.trigger("reviews_ingest", "a", {})

    assert [path for path, _ in airflow.posted] == ["dags/reviews_ingest/dagRuns"]


def test_a_login_is_tried_again_where_airflows_database_is_busy(airflow):
    answers = iter([401, 500])

    def answer(request):
        status = next(answers, None)
        return httpx.Response(status) if status else airflow.answer(request)

    again = AirflowApi("http://airflow", "secret", patience_seconds=3, transport=httpx.MockTransport(answer))

    assert again.runs(["reviews_ingest"]) == []


def test_an_error_that_stays_is_told_in_airflows_words(airflow, api):
    airflow.num_errors = 1000

    with pytest.raises(LocalError, match="Airflow refused GET dags/~/dagRuns: 500 .*Database error"):
        api.runs(["reviews_ingest"])


def test_all_pages_of_an_answer_are_read(airflow, api):
    for at in range(5):
        airflow.add_run("reviews_ingest", f"r{at}")

    assert len(api.runs(["reviews_ingest"])) == 5


def test_airflows_envelope_around_refs_and_tuples_is_taken_off():
    inner = {"__classname__": "builtins.tuple", "__version__": 1, "__data__": ["a", {"b": 1}]}

    assert plain({"__classname__": "reviewloop.refs.DriftRef", "__version__": 1, "__data__": {"reasons": inner}}) == {
        "reasons": ["a", {"b": 1}]
    }


def test_why_a_task_sleeps_is_what_it_warned_of_last():
    log = [
        {"event": "one", "level": "warning"},
        {"event": "S3 is away; asking again", "level": "warning"},
        {"event": "x", "level": "info"},
    ]
    assert last_warning(log) == "S3 is away; asking again"
    assert last_warning([]) == ""
