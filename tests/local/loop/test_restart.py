import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewloop.adapters.jobs.process import MARKER as JOB_MARKER
from reviewloop_local.errors import LocalError
from reviewloop_local.loop import restart
from reviewloop_local.loop.restart import ask_before_restart
from reviewloop_local.stack.home import MARKER, Home
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import Stack


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stack(tmp_path: Path, api, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack whose Airflow is the canned one."""
    stack = Stack(Home(tmp_path / "home"), Ports())
    stack.home.make()
    monkeypatch.setattr(restart, "AirflowApi", lambda *_: api)
    monkeypatch.delenv("FORCE", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return stack


@pytest.fixture
def training(airflow) -> None:
    airflow.add_run("sentiment_train", "t1", "running", run_type="manual")
    airflow.add_task("t1", "begin_training")
    airflow.add_task("t1", "finetune", "running")


def test_nothing_is_said_or_asked_where_nothing_runs(airflow, stack):
    airflow.add_run("sentiment_train", "t1", "success")
    airflow.add_run("reviews_ingest", "i1", "running")  # it waits for its delivery, and no process is ended
    airflow.add_task("i1", "wait_for_delivery", "deferred")
    said: list[str] = []

    ask_before_restart(stack, said.append)

    assert said == []


def test_what_is_ended_is_named_and_not_asked_about_where_it_is_short(airflow, stack):
    airflow.add_run("reviews_ingest", "i1", "running", conf={"day": "2026-01-02"})
    airflow.add_task("i1", "parse", "running")
    said: list[str] = []

    ask_before_restart(stack, said.append)

    assert len(said) == 1
    assert said[0].startswith("this ends reviews_ingest.parse (2026-01-02); Airflow runs it again")


def test_without_a_terminal_a_training_is_ended_only_by_force(stack, training, monkeypatch):
    said: list[str] = []

    with pytest.raises(LocalError, match="a training runs, and nobody is there to ask: .* restart with FORCE=1"):
        ask_before_restart(stack, said.append)

    assert said[0].startswith("this ends sentiment_train.finetune (manual ")
    monkeypatch.setenv("FORCE", "1")
    ask_before_restart(stack, said.append)
    monkeypatch.setenv("FORCE", "")  # as make hands it on where it was not given
    with pytest.raises(LocalError, match="nobody is there"):
        ask_before_restart(stack, said.append)


@pytest.mark.parametrize(("answer", "goes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_the_question_is_asked_and_no_is_the_default(stack, training, monkeypatch, answer, goes):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    if goes:
        ask_before_restart(stack, lambda _: None)
    else:
        with pytest.raises(LocalError, match="nothing was restarted, and the training goes on"):
            ask_before_restart(stack, lambda _: None)


@pytest.fixture
def job(stack: Stack) -> Iterator[None]:
    env = {**os.environ, MARKER: str(stack.home.root), JOB_MARKER: "/job"}
    process = subprocess.Popen([sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)"], env=env, stdout=-1)
    assert process.stdout is not None
    process.stdout.readline()
    yield
    process.kill()
    process.wait()
    process.stdout.close()


def test_where_airflow_does_not_answer_a_training_is_known_by_its_process(stack, airflow, job):
    airflow.num_refusals = 1000
    said: list[str] = []
    with pytest.raises(LocalError, match="a training runs"):
        ask_before_restart(stack, said.append)
    assert said[0].startswith("this ends a training; ")


def test_stopping_names_what_it_ended(stack, job):
    said: list[str] = []
    stack.down(said.append)
    assert said == ["stopped, with what ran on beside it: a training (1 process)"]


def test_a_no_leaves_the_stack_as_it_is(stack, monkeypatch):
    def no() -> None:
        raise LocalError("no")

    monkeypatch.setattr(Stack, "is_running", lambda _: True)
    monkeypatch.setattr(Stack, "down", lambda *_: pytest.fail("it was stopped"))
    with pytest.raises(LocalError, match="^no$"):
        stack.up(lambda _: None, no)
