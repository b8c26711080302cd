"""Who races: each a process on a port of its own, with the same model."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from reviewloop.models.cores import num_cores
from reviewloop.models.pyfunc import write_mlmodel
from reviewloop_local.bench_serving.load import Door
from reviewloop_local.errors import LocalError
from reviewloop_local.studies.endpoint_program import FolderLedger, digest_of, endpoint_of

START_SECONDS: Final = 180.0
LITSERVE: Final = ("litserve==0.2.19", "pyzmq==27.1.0")
PROGRAMS: Final = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Contender:
    """``body`` writes a request for one text; ``start`` gives a context in which the server answers at the door."""

    name: str
    path: str
    body: Callable[[str], bytes]
    command: Callable[[Path, int], Sequence[str]] | None
    """None: ours, which has a life of its own."""
    packages: Path | None = None

    @contextmanager
    def served(self, model: Path, scratch: Path, text: str) -> Iterator[Door]:
        """Started, warm, and ended."""
        with _ours(model, scratch) if self.command is None else self._other(model, scratch) as (port, group):
            door = Door(port, self.path, group)
            _wait_for(door, self.body(text))
            yield door
            os.killpg(group, signal.SIGCONT)  # who is stopped would not end

    @contextmanager
    def _other(self, model: Path, scratch: Path) -> Iterator[tuple[int, int]]:
        port = free_port()
        command = self.command(model, port) if self.command else ()
        paths = [str(self.packages)] if self.packages else []
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # mlflow starts uvicorn by name
        python = os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")])
        env = {**os.environ, "PATH": programs, "PYTHONPATH": python, "MLFLOW_TRACKING_URI": ""}
        with (scratch / f"{self.name.split()[0]}.log").open("ab") as sink:
            process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink, start_new_session=True)  # noqa: S603
        try:
            yield port, process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def _ours(model: Path, scratch: Path) -> Iterator[tuple[int, int]]:
    folder = scratch / "ours"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept = folder / "model"
    shutil.copytree(model, kept)
    event = FolderLedger(folder).tell("promoted", "1", digest_of(kept), {"source": str(kept)})
    port = free_port()
    endpoint = endpoint_of(folder, port)
    try:
        endpoint.wait_for(event.number)
        yield port, endpoint.process.pid
    finally:
        endpoint.end()


def contenders(scratch: Path, max_tokens: int) -> tuple[list[Contender], list[str]]:
    """All that can be started here, and why one cannot."""
    found = [
        Contender("ours", "/predict", lambda text: _json({"reviews": [{"text": text}]}), None),
        Contender(
            "twelve lines (transformers.pipeline, fp32)", "/predict", lambda text: _json({"text": text}),
            lambda folder, port: (
                sys.executable, str(PROGRAMS / "twelve_lines.py"), str(_as_trained(folder, scratch)), str(port), str(max_tokens)
            ),
        ),
        Contender(
            "mlflow models serve", "/invocations", lambda text: _json({"dataframe_split": {"columns": ["text"], "data": [[text]]}}),
            lambda folder, port: (
                sys.executable, "-m", "mlflow", "models", "serve", "-m", str(_with_mlmodel(folder, scratch)), "-p", str(port),
                "--env-manager", "local", "--workers", "1",
            ),
        ),
    ]  # fmt: skip
    packages = scratch / "litserve"
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages), *LITSERVE)
    installed = packages.is_dir() or subprocess.run(pip, check=False, capture_output=True).returncode == 0  # noqa: S603
    if not installed:
        shutil.rmtree(packages, ignore_errors=True)
        return found, [f"LitServe did not race: {' and '.join(LITSERVE)} could not be installed here"]
    workers = str(num_cores())
    found.append(
        Contender(
            "LitServe", "/predict", lambda text: _json({"text": text}),
            lambda folder, port: (sys.executable, str(PROGRAMS / "lit.py"), str(folder), str(port), workers), packages,
        )
    )  # fmt: skip
    return found, []


def _as_trained(model: Path, scratch: Path) -> Path:
    """What Hugging Face's loader reads of the folder."""
    folder = scratch / "as_trained"
    if not folder.is_dir():
        folder.mkdir()
        for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            if (model / name).is_file():
                shutil.copy(model / name, folder / name)
    return folder


def _with_mlmodel(model: Path, scratch: Path) -> Path:
    folder = scratch / "mlflow"
    if not folder.is_dir():
        shutil.copytree(model, folder)
        (folder / "MLmodel").unlink(missing_ok=True)
        write_mlmodel(folder, "0" * 64, "")
    return folder


def _wait_for(door: Door, body: bytes) -> None:
    url, deadline = f"http://127.0.0.1:{door.port}{door.path}", time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = httpx.post(url, content=body, headers={"content-type": "application/json"})
            if answer.status_code == 200:
                return
        except httpx.TransportError:  # it is not up yet
            pass
        time.sleep(0.2)
    raise LocalError(f"{url}: no answer within {START_SECONDS:g} s of the start; the log is in .local/bench-serving")


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
