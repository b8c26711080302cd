"""Contenders in turns: each a process of its own, of which only one runs at a time."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reviewloop_local.bench.contenders import Contender
from reviewloop_local.bench.ratios import Turn
from reviewloop_local.bench.recipe import Recipe
from reviewloop_local.errors import LocalError
from reviewloop_local.stack.environment import THREADS
from reviewloop_local.stack.home import PROJECT_ROOT

PROGRAMS: Final = "reviewloop_local.bench.programs"
LOG: Final = "log"
TAIL_LINES: Final = 15
STOP_SECONDS: Final = 10.0


class ContenderFailed(LocalError):
    """A contender's process ended without a model; the message ends with the tail of its log."""


@dataclass
class Lap:
    """What one contender did."""

    turns: list[Turn] = field(default_factory=list)
    seconds: float = 0.0
    """From the start of its process, the waiting for others left out."""
    warm_up_seconds: float = 0.0
    """The same, up to the end of the first turn."""
    finished: bool = False
    failure: str = ""

    @property
    def measured(self) -> list[Turn]:
        """The turns that count: in the first, kernels are chosen and memory is taken for the first time."""
        return self.turns[1:]


def command(program: str, recipe: Recipe, *names: str) -> list[str]:
    """How a program of the benchmark is started."""
    return [sys.executable, "-m", f"{PROGRAMS}.{program}", str(recipe.path), *names]


def environment(recipe: Recipe) -> dict[str, str]:
    """The same for every contender: what the local stack gives its training."""
    env = THREADS | dict(os.environ)
    env["PYTHONPATH"] = str(PROJECT_ROOT / "include")
    if Path(recipe.base_model).is_dir():
        env["HF_HUB_OFFLINE"] = "1"
    return env


class Entry:
    """A contender at the start: its process begins with its first turn."""

    def __init__(self, contender: Contender, recipe: Recipe) -> None:
        self.contender, self._recipe = contender, recipe
        self.lap = Lap()
        self._process: subprocess.Popen[str] | None = None

    def run_turn(self) -> None:
        """Let it run until it reports a turn, or that it has finished. Raises ``ContenderFailed`` when it does neither."""
        began = time.monotonic()
        line = self._next_line()
        self.lap.seconds += time.monotonic() - began
        if not line:
            self.close(STOP_SECONDS)  # its log is whole when it is gone
            self.lap.failure = tail(self._log) or "it left no log"
            raise ContenderFailed(f"{self.contender.title} failed; its log, {self._log}, ends:\n{self.lap.failure}")
        report = json.loads(line)
        if "finished" in report:
            self.lap.finished = True
        else:
            self.lap.turns.append(Turn(**report))
            self.lap.warm_up_seconds = self.lap.warm_up_seconds or self.lap.seconds

    @property
    def _log(self) -> Path:
        return self._recipe.home(self.contender.name) / LOG

    def _next_line(self) -> str:
        if self._process is None:
            self._process = self._start()
        elif self._process.stdin is not None:
            try:
                self._process.stdin.write("go\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                return ""
        return self._process.stdout.readline() if self._process.stdout is not None else ""

    def _start(self) -> "subprocess.Popen[str]":
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as sink:
            return subprocess.Popen(  # noqa: S603  the command is our own
                command(self.contender.program, self._recipe, self.contender.name),
                env=environment(self._recipe),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,  # an interrupt in the terminal is ours to handle
            )

    def close(self, patience: float = 0.0) -> None:
        """End the process, unless it does so by itself within ``patience`` seconds, longer where it has its turns to end."""
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(STOP_SECONDS if self.lap.turns else patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def race(
    contenders: Sequence[Contender],
    recipe: Recipe,
    say: Callable[[int, dict[str, Lap]], None],
    *,
    num_rounds: int | None = None,
    tolerant: bool = False,
) -> dict[str, Lap]:
    """Each contender's lap, by name: turn by turn in a round, until all have finished or ``num_rounds`` are over.

    ``say`` hears of every round. Raises ``ContenderFailed`` when one fails; ``tolerant`` goes on without it.
    """
    entries = [Entry(contender, recipe) for contender in contenders]
    laps = {entry.contender.name: entry.lap for entry in entries}
    with ExitStack() as stack:
        for entry in entries:
            stack.callback(entry.close)
        running = entries
        number = 0
        while running and number != num_rounds:
            number += 1
            for entry in running:
                try:
                    entry.run_turn()
                except ContenderFailed:
                    if not tolerant:
                        raise
            running = [entry for entry in running if not (entry.lap.finished or entry.lap.failure)]
            say(number, laps)
    return laps


def run_program(program: str, recipe: Recipe, *names: str) -> str:
    """Run a program of the benchmark to its end; returns what is wrong, in the last lines of its log, or nothing."""
    log = recipe.folder / f"{program}.{LOG}"
    with log.open("wb") as sink:
        done = subprocess.run(  # noqa: S603  the command is our own
            command(program, recipe, *names), env=environment(recipe), stdout=sink, stderr=sink, check=False
        )
    return tail(log) or f"exit status {done.returncode}" if done.returncode else ""


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:])
