import os
import signal
import sys
import time
from pathlib import Path

import pytest

from reviewloop.adapters import jobs

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
    pid = jobs.start_or_reconnect(tmp_path, SLEEP)
    assert pid is not None
    yield pid
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def test_a_running_job_is_joined_and_never_started_twice(tmp_path, sleeper):
    assert jobs.state(tmp_path) == "running"
    assert jobs.start_or_reconnect(tmp_path, SLEEP) is None
    assert (tmp_path / jobs.PID).read_text() == str(sleeper)


def test_many_starters_at_once_make_one_process(tmp_path):
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from reviewloop.adapters import jobs
pid = jobs.start_or_reconnect(Path({str(tmp_path)!r}), {SLEEP!r})
print(pid or "")
"""
    import subprocess

    starters = [subprocess.Popen(run(code), stdout=subprocess.PIPE, text=True) for _ in range(4)]
    started = [pid for pid in (starter.communicate(timeout=60)[0].strip() for starter in starters) if pid]
    assert len(started) == 1
    assert jobs.state(tmp_path) == "running", "the job outlives the process that started it"
    os.kill(int(started[0]), signal.SIGKILL)
    wait_until(lambda: jobs.state(tmp_path) == "lost")


def test_a_killed_job_is_lost_and_may_start_again(tmp_path, sleeper):
    os.kill(sleeper, signal.SIGKILL)
    wait_until(lambda: jobs.state(tmp_path) == "lost")
    again = jobs.start_or_reconnect(tmp_path, run(f"open({str(tmp_path / 'result.json')!r}, 'w')"))
    assert again not in (None, sleeper)
    wait_until(lambda: jobs.state(tmp_path) == "succeeded")
    assert jobs.start_or_reconnect(tmp_path, SLEEP) is None, "a job with a result is not run again"


def test_the_id_of_a_dead_job_given_to_another_process_fools_nobody(tmp_path, sleeper):
    os.kill(sleeper, signal.SIGKILL)
    wait_until(lambda: jobs.state(tmp_path) == "lost")
    (tmp_path / jobs.PID).write_text(str(os.getpid()))
    assert jobs.state(tmp_path) == "lost"


def test_a_job_that_says_it_failed_has_failed_until_it_is_started_again(tmp_path):
    failing = run(f"open({str(tmp_path / 'failure.json')!r}, 'w'); print('no disk'); raise SystemExit(1)")
    jobs.start_or_reconnect(tmp_path, failing)
    wait_until(lambda: jobs.state(tmp_path) == "failed")
    assert jobs.log_tail(tmp_path) == "no disk"
    pid = jobs.start_or_reconnect(tmp_path, SLEEP)
    assert jobs.state(tmp_path) == "running"
    os.kill(pid, signal.SIGKILL)


def test_the_job_has_its_own_session_and_the_environment_it_was_given(tmp_path, monkeypatch):
    monkeypatch.setenv("INHERITED", "yes")
    code = "import os; print(os.getsid(0) == os.getpid(), os.environ['INHERITED'], os.environ['GIVEN'])"
    jobs.start_or_reconnect(tmp_path, run(code), env={"GIVEN": "too"})
    wait_until(lambda: jobs.state(tmp_path) == "lost")
    assert jobs.log_tail(tmp_path) == "True yes too"
