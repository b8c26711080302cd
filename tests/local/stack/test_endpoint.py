"""What `make serve` starts, played by a process with its metrics."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewloop_local import __main__ as command
from reviewloop_local.errors import LocalError
from reviewloop_local.stack import endpoint
from reviewloop_local.stack.addresses import way_in
from reviewloop_local.stack.home import MARKER, Home
from reviewloop_local.stack.orphans import PART
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import Stack

POLITE = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
Serve = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started = []

    def start(home: Home, program: str = POLITE) -> subprocess.Popen[bytes]:
        env = {**os.environ, MARKER: str(home.root), PART: endpoint.PART, "REVIEWLOOP_SERVE_PORT": "8123"}
        process = subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    stack = Stack(Home(tmp_path / "home"), Ports(serve=8123))
    stack.home.make()
    stack.home.secrets()
    return stack


@pytest.mark.parametrize("program", [POLITE, DEAF])
def test_stopping_the_stack_ends_its_endpoint_and_says_so_and_leaves_another_stacks_alone(stack, serve, tmp_path, program):
    other = Home(tmp_path / "other")
    ours, theirs, said = serve(stack.home, program), serve(other), []
    assert [found.url for found in endpoint.running(stack.home)] == ["http://127.0.0.1:8123"]

    endpoint.end(stack.home, said.append, seconds=1)

    ours.wait(5)
    assert endpoint.running(stack.home) == []
    assert theirs.poll() is None
    assert said == ["ended the endpoint http://127.0.0.1:8123, which `make serve` had started"]


@pytest.mark.parametrize("way", ["down", "clean"])
def test_stop_and_clean_end_it_though_the_stack_itself_is_stopped(stack, serve, way):
    process, said = serve(stack.home), []

    getattr(stack, way)(said.append)

    process.wait(5)
    assert endpoint.running(stack.home) == []
    assert said[0].startswith("ended the endpoint")
    assert stack.home.root.exists() == (way == "down")


def test_the_status_names_the_lake_and_the_endpoint(stack, serve):
    assert "Lake      http://127.0.0.1:4566   S3, Glue and Athena; bucket " in way_in(stack)
    assert "Endpoint  `make serve` starts it" in way_in(stack)
    assert stack.home.admin_password() not in way_in(stack), "what is printed ends in logs and on shared screens"
    assert "user admin; `make password` shows the password\n" in way_in(stack)
    serve(stack.home)
    assert "Endpoint  http://127.0.0.1:8123/docs\n" in way_in(stack)


def test_a_second_endpoint_is_told_where_the_first_is(stack, serve, monkeypatch):
    serve(stack.home)
    monkeypatch.setattr(Stack, "is_running", lambda self: True)

    with pytest.raises(LocalError, match="the endpoint runs already: http://127.0.0.1:8123/docs; Ctrl-C where it was started"):
        command._serve(stack)
