import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from reviewloop.adapters.jobs import process

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def run(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def wait_until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def sleeper(tmp_path: Path):
    pid = process.start_or_reconnect(tmp_path, SLEEP)
    assert pid is not None
    yield pid
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def test_a_running_job_is_joined_and_never_started_twice(tmp_path, sleeper):
    assert process.state(tmp_path) == "running"
    assert process.start_or_reconnect(tmp_path, SLEEP) is None
    assert (tmp_path / process.PID).read_text() == str(sleeper)


def test_many_starters_at_once_make_one_process(tmp_path):
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from reviewloop.adapters.jobs import process
pid = process.start_or_reconnect(Path({str(tmp_path)!r}), {SLEEP!r})
print(pid or "")
"""
    import subprocess

    starters = [subprocess.Popen(run(code), stdout=subprocess.PIPE, text=True) for _ in range(4)]
    started = [pid for pid in (starter.communicate(timeout=60)[0].strip() for starter in starters) if pid]
    assert len(started) == 1
    assert process.state(tmp_path) == "running", "the job outlives the process that started it"
    os.kill(int(started[0]), signal.SIGKILL)
    wait_until(lambda: process.state(tmp_path) == "lost")


def test_a_killed_job_is_lost_and_may_start_again(tmp_path, sleeper):
    os.kill(sleeper, signal.SIGKILL)
    wait_until(lambda: process.state(tmp_path) == "lost")
    again = process.start_or_reconnect(tmp_path, run(f"open({str(tmp_path / 'result.json')!r}, 'w')"))
    assert again not in (None, sleeper)
    wait_until(lambda: process.state(tmp_path) == "succeeded")
    assert process.start_or_reconnect(tmp_path, SLEEP) is None, "a job with a result is not run again"


def test_the_id_of_a_dead_job_given_to_another_process_fools_nobody(tmp_path, sleeper):
    os.kill(sleeper, signal.SIGKILL)
    wait_until(lambda: process.state(tmp_path) == "lost")
    (tmp_path / process.PID).write_text(str(os.getpid()))
    assert process.state(tmp_path) == "lost"


def test_a_job_that_says_it_failed_has_failed_until_it_is_started_again(tmp_path):
    failing = run(f"open({str(tmp_path / 'failure.json')!r}, 'w'); print('no disk'); raise SystemExit(1)")
    process.start_or_reconnect(tmp_path, failing)
    wait_until(lambda: process.state(tmp_path) == "failed")
    assert process.log_tail(tmp_path) == "no disk"
    pid = process.start_or_reconnect(tmp_path, SLEEP)
    assert process.state(tmp_path) == "running"
    os.kill(pid, signal.SIGKILL)


def test_the_job_has_its_own_session_and_the_environment_it_was_given(tmp_path, monkeypatch):
    monkeypatch.setenv("INHERITED", "yes")
    code = "import os; print(os.getsid(0) == os.getpid(), os.environ['INHERITED'], os.environ['GIVEN'])"
    process.start_or_reconnect(tmp_path, run(code), env={"GIVEN": "too"})
    wait_until(lambda: process.state(tmp_path) == "lost")
    assert process.log_tail(tmp_path) == "True yes too"


def alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


def with_child(tmp_path: Path) -> tuple[int, int]:
    """A running job and the process that it has started, which leads a session of its own and does not hold the lock."""
    pid = process.start_or_reconnect(tmp_path, run(CHILD))
    wait_until(lambda: process.log_tail(tmp_path).isdigit())
    return pid, int(process.log_tail(tmp_path))


def test_a_cancelled_job_ends_with_everything_it_started_and_may_start_again(tmp_path):
    pid, child = with_child(tmp_path)
    process.cancel(tmp_path)
    assert not alive(pid)
    assert not alive(child)
    assert process.state(tmp_path) == "failed"
    assert process.failure(tmp_path) == process.CANCELLED
    process.cancel(tmp_path)
    assert process.start_or_reconnect(tmp_path, run(f"open({str(tmp_path / 'result.json')!r}, 'w')"))
    wait_until(lambda: process.state(tmp_path) == "succeeded")
    process.cancel(tmp_path)
    assert process.state(tmp_path) == "succeeded", "what is done is not undone"


def test_a_job_that_ignores_the_signal_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    pid = process.start_or_reconnect(tmp_path, run(deaf))
    wait_until(lambda: process.log_tail(tmp_path) == "deaf")
    process.cancel(tmp_path)
    assert not alive(pid)


def test_a_job_without_grace_is_not_asked(tmp_path):
    told = "lambda *_: print('asked', flush=True)"
    polite = f"import signal, time; signal.signal(signal.SIGTERM, {told}); print('up', flush=True); time.sleep(60)"
    pid = process.start_or_reconnect(tmp_path, run(polite))
    wait_until(lambda: process.log_tail(tmp_path) == "up")
    begun = time.monotonic()
    process.cancel(tmp_path, grace_seconds=0)
    assert not alive(pid)
    assert time.monotonic() - begun < 5
    assert process.log_tail(tmp_path) == "up"
    assert process.failure(tmp_path) == process.CANCELLED


def test_what_an_ended_job_left_running_is_swept_away_and_its_result_stays(tmp_path):
    left = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True).pid"
    code = f"import subprocess, sys; print({left}, flush=True); open({str(tmp_path / 'result.json')!r}, 'w')"
    process.start_or_reconnect(tmp_path, run(code))
    wait_until(lambda: process.state(tmp_path) == "succeeded")
    child = int(process.log_tail(tmp_path))
    assert alive(child)
    process.sweep(tmp_path)
    assert not alive(child)
    assert process.state(tmp_path) == "succeeded"


def test_no_follower_sees_a_cancelled_job_as_lost(tmp_path):
    with_child(tmp_path)
    seen = set()
    watching = threading.Event()

    def watch() -> None:
        while not watching.is_set():
            seen.add(process.state(tmp_path))

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.cancel(tmp_path)
    watching.set()
    watcher.join()
    assert "lost" not in seen


def test_what_a_killed_launcher_left_behind_ends_before_the_job_starts_again(tmp_path):
    pid, child = with_child(tmp_path)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: process.state(tmp_path) == "lost")
    assert alive(child)
    again = process.start_or_reconnect(tmp_path, SLEEP)
    assert not alive(child)
    process.cancel(tmp_path)
    assert not alive(again)


def test_another_jobs_processes_are_left_alone(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    _, child = with_child(other)
    process.start_or_reconnect(one, SLEEP)
    process.cancel(one)
    assert alive(child)
    assert process.state(other) == "running"
    process.cancel(other)


def test_a_job_that_nobody_started_is_lost_and_leaves_no_folder(tmp_path):
    assert process.state(tmp_path / "nobody") == "lost"
    process.cancel(tmp_path / "nobody")
    assert not (tmp_path / "nobody").exists()
