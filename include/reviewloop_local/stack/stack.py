"""Start, stop and look at the local stack. supervisord keeps the parts alive; this file starts and asks supervisord."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Fault, ServerProxy

import psutil

from reviewloop_local.errors import LocalError
from reviewloop_local.stack import endpoint
from reviewloop_local.stack.environment import stack_env
from reviewloop_local.stack.health import PartState, Say, is_ready, wait_until_ready
from reviewloop_local.stack.home import MARKER, PROJECT_ROOT, Home, home_from, write_private
from reviewloop_local.stack.orphans import kill_all, names
from reviewloop_local.stack.ports import Ports, ports_from, require_free
from reviewloop_local.stack.services import AIRFLOW_PARTS, parts, supervisor_config

_STORES = ("aws", "mlflow")
POOL = "training"
"""Where the fine-tune's task waits for its turn; ``reviewloop_airflow.training_job`` names it too, and may not be imported here."""


@dataclass(frozen=True)
class Stack:
    """One stack: its home, its ports, and the profile that it is to be started with (``None``: the one that it has)."""

    home: Home
    ports: Ports
    profile: str | None = None

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment of its processes."""
        self.home.make()
        return stack_env(self.home, self.ports, os.environ, self.profile)

    def up(self, say: Say, before_restart: Callable[[], None] = lambda: None) -> None:
        """Start what is not running and wait until all of it is ready. Idempotent; restarts when configuration or code changed.

        ``before_restart`` is called before a stack that runs is stopped for that, and may raise to leave it as it is. Raises
        ``LocalError`` on a taken port or a part that does not start.
        """
        fingerprint = self._fingerprint()
        if self.is_running() and self._started_with() != fingerprint:
            say("configuration or code changed since the stack was started: it has to be restarted")
            before_restart()
            self.down(say)
        if not self.is_running():
            self._start_anew(say, "airflow", *_STORES)
            write_private(self.home.fingerprint, fingerprint)
        self._start_parts(_STORES)
        self._migrate(say)
        self._start_parts(AIRFLOW_PARTS)
        wait_until_ready((*_STORES, *AIRFLOW_PARTS), self.states, self.ports, say)
        if self.profile:  # only now: a start that failed must not loosen the gates of a stack that stands
            self.home.keep_profile(self.profile)

    def up_stores(self, say: Say) -> None:
        """Start the AWS API and MLflow of a stack that does not run, and no Airflow. Raises ``LocalError`` as ``up`` does."""
        self._start_anew(say, *_STORES)
        self._start_parts(_STORES)
        wait_until_ready(_STORES, self.states, self.ports, say)

    def _start_anew(self, say: Say, *names: str) -> None:
        endpoint.end(self.home, say)
        kill_all(str(self.home.root))  # what a power cut of supervisord itself may have left
        require_free(self.ports, *names)
        self._start_supervisor()

    def down(self, say: Say) -> None:
        """Stop every process of this stack, an endpoint of it too; what it stored stays."""
        endpoint.end(self.home, say)
        if self.is_running():
            for name in AIRFLOW_PARTS:  # side by side; a shutdown waits for each before it turns to the next
                with suppress(Fault):  # it does not run
                    self._supervisor().stopProcess(name, False)
            self._supervisor().shutdown()
            deadline = time.monotonic() + 60
            while self.is_running() and time.monotonic() < deadline:
                time.sleep(0.2)
        beside = names(str(self.home.root))
        kill_all(str(self.home.root))
        listed = ", ".join(f"{name} ({count} process{'es' if count > 1 else ''})" for name, count in sorted(beside.items()))
        say("stopped" + (f", with what ran on beside it: {listed}" if listed else ""))

    def clean(self, say: Say) -> None:
        """Stop, and delete everything it stored. Refuses a folder that is not a stack's home."""
        if not self.home.root.exists():
            return
        if not (self.home.root / "secrets.json").exists():
            raise LocalError(f"REVIEWLOOP_HOME: {self.home.root} does not look like a stack's home; nothing deleted")
        self.down(say)
        shutil.rmtree(self.home.root)
        say(f"deleted {self.home.root}")

    def stop_part(self, name: str) -> None:
        """Stop one part and leave the others alone; returns when it has ended."""
        self._supervisor().stopProcess(name, True)

    def start_part(self, name: str) -> None:
        """Start one part again."""
        self._start_parts((name,))

    def is_running(self) -> bool:
        """Whether supervisord lives."""
        try:
            process = psutil.Process(int(self.home.supervisor_pid.read_text(encoding="ascii")))
            # The number may be another process's by now: ask for our marker.
            return process.environ().get(MARKER) == str(self.home.root) and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def states(self) -> dict[str, PartState]:
        """Every part as supervisord sees it; all ``STOPPED`` when supervisord is not there."""
        if not self.is_running():
            return {part.name: PartState(part.name, "STOPPED", 0, "") for part in parts(self.home, self.ports)}
        found: list[Mapping[str, Any]] = self._supervisor().getAllProcessInfo()
        return {
            info["name"]: PartState(info["name"], info["statename"], float(info["start"]), info["description"]) for info in found
        }

    def ready(self) -> dict[str, bool]:
        """Whether each part does its work now."""
        return {name: is_ready(state, self.ports) for name, state in self.states().items()}

    def _supervisor(self) -> Any:
        from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

        transport = SupervisorTransport(None, None, f"unix://{self.home.socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _start_supervisor(self) -> None:
        write_private(self.home.supervisor_config, supervisor_config(self.home, self.ports))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.home.supervisor_config)]
        done = subprocess.run(command, env=self.env, cwd=self.home.root, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise LocalError(f"supervisord does not start: {(done.stderr or done.stdout).strip()}")
        deadline = time.monotonic() + 15
        while not self._answers():
            if time.monotonic() > deadline:
                raise LocalError(f"supervisord does not answer: see {self.home.logs / 'supervisord.log'}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self._supervisor().getState()
        except OSError:
            return False
        return True

    def _start_parts(self, names: tuple[str, ...]) -> None:
        for name, state in self.states().items():
            if name in names and state.state not in {"RUNNING", "STARTING", "BACKOFF"}:
                try:
                    self._supervisor().startProcess(name, False)
                except Fault as fault:
                    raise LocalError(f"{name} does not start: {fault.faultString}") from None

    def _migrate(self, say: Say) -> None:
        """Make or upgrade Airflow's metadata database, once a version. The stamp is written last: a killed try is done again."""
        from importlib.metadata import version

        stamp, database = self.home.airflow / "migrated", self.home.airflow / "airflow.db"
        wanted = f"{version('apache-airflow-core')} with pool {POOL}"
        if database.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        if not stamp.exists():  # never whole: the first migration was cut short
            for leftover in self.home.airflow.glob("airflow.db*"):
                leftover.unlink()
        passwords = f'{{"admin": "{self.home.secrets()["admin_password"]}"}}'
        write_private(self.home.airflow / "passwords.json", passwords)
        say("making Airflow's metadata database")
        self._airflow("db", "migrate")
        # A fine-tune takes the whole machine. A task whose pool does not exist is never started.
        self._airflow("pools", "set", POOL, "1", "fine-tunes at a time, one a GPU", "--include-deferred")
        write_private(stamp, wanted)

    def _airflow(self, *arguments: str) -> None:
        log = self.home.logs / "airflow-setup.log"
        with log.open("ab") as sink:
            command = [sys.executable, "-m", "airflow", *arguments]
            done = subprocess.run(command, env=self.env, cwd=self.home.root, stdout=sink, stderr=sink, check=False)  # noqa: S603
        if done.returncode:
            raise LocalError(f"`airflow {' '.join(arguments[:2])}` failed with status {done.returncode}: see {log}")

    def _started_with(self) -> str:
        return self.home.fingerprint.read_text(encoding="utf-8") if self.home.fingerprint.exists() else ""

    def _fingerprint(self) -> str:
        """Digest of what running processes hold on to: supervisord's configuration, the environment, our code, the lock."""
        digest = hashlib.sha256(supervisor_config(self.home, self.ports).encode())
        digest.update(repr(sorted((key, value) for key, value in self.env.items() if _held(key))).encode())
        for path in _code():
            digest.update(str(path).encode() + path.read_bytes())
        return digest.hexdigest()


def _held(key: str) -> bool:
    return key.startswith(("REVIEWLOOP_", "AIRFLOW_", "AIRFLOW__", "AWS_", "MLFLOW_", "HF_", "OMP_", "PYTHON"))


_READ_ONCE: Final = {".py", ".yaml", ".sql", ".html", ".css"}
"""Code, configuration, and the templates and styles of pages."""


def _code() -> list[Path]:
    """Everything that a running part has imported and would go on using; DAG files are read anew by themselves."""
    rooms = ("include/reviewloop", "include/reviewloop_local", "include/config", "include/sql", "plugins")
    found = [path for room in rooms for path in (PROJECT_ROOT / room).rglob("*") if path.suffix in _READ_ONCE]
    return sorted([*found, PROJECT_ROOT / "requirements.txt"])


def stack_here() -> Stack:
    """The stack that the environment names."""
    return Stack(home_from(os.environ), ports_from(os.environ))
