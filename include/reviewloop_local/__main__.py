"""``python -m reviewloop_local COMMAND``: what the Makefile's targets call."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from reviewloop.pipes import until_closed
from reviewloop_local.errors import LocalError
from reviewloop_local.stack import endpoint
from reviewloop_local.stack.addresses import way_in
from reviewloop_local.stack.backup import STORED, backup, restore, restore_part
from reviewloop_local.stack.home import MARKER
from reviewloop_local.stack.orphans import PART
from reviewloop_local.stack.stack import Stack, stack_here

FOLLOWING: Final = ("run", "deliver", "drift", "stories")
"""Commands whose status says whether the loop went well: a reader who left has not seen that."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 only when it did what it says."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local", description="The whole loop on one machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the stack, replay reviews through it, follow the loop, sum it up")
    run.add_argument("--csv", default="", help="a review file with Kaggle's columns; without it, made-up sample reviews")
    deliver = commands.add_parser("deliver", help="deliver a file of reviews as a day's, and follow what the loop makes of it")
    deliver.add_argument("--file", default="", help="CSV, TSV, JSON Lines or Parquet, each also gzipped")
    deliver.add_argument("--day", default="", help="the day that the reviews are of, YYYY-MM-DD")
    drift = commands.add_parser("drift", help="deliver drifted days and watch the retraining that they start")
    drift.add_argument("--kind", default="", help="one kind to plant: prior, covariate, concept ...; without it, much at once")
    commands.add_parser("stories", help="have one model refused, one promoted and one taken back, and trace each")
    commands.add_parser("serve", help="answer predictions with the champion, in the foreground")
    step = commands.add_parser("step", help="run one step, or a query, by hand: what follows is given to `python -m reviewloop`")
    step.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("up", help="start the stack and wait until every part is ready")
    commands.add_parser("status", help="what runs, what is ready, and where")
    commands.add_parser("password", help="the password of Airflow's user admin, and nothing else")
    commands.add_parser("down", help="stop every process of the stack; its data stays")
    commands.add_parser("clean", help="stop, and delete all data of the stack")
    save = commands.add_parser("backup", help="copy databases, keys, catalog and objects to a new folder; the stack may run")
    save.add_argument("--to", default="", help="the new folder")
    load = commands.add_parser("restore", help="go back to a backup; what is there now is moved aside")
    load.add_argument("--from", dest="source", default="", help="a folder that `backup` wrote")
    load.add_argument("--part", default="", help="only what this service stores: aws or mlflow; the stack may run")
    logs = commands.add_parser("logs", help="follow the logs")
    logs.add_argument("part", nargs="?", default="", help="of one part only")
    chosen = parser.parse_args(arguments)
    try:
        cut_short = 128 + signal.SIGPIPE if chosen.command in FOLLOWING else 0
        return until_closed(lambda: _dispatch(chosen, stack_here()), cut_short)
    except LocalError as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What was started runs on: `make run` picks it up, `make stop` stops it.", file=sys.stderr)
        return 130


def _dispatch(chosen: argparse.Namespace, stack: Stack) -> int:
    if chosen.command == "run":
        from reviewloop_local.loop.run import run

        return run(stack, chosen.csv)
    if chosen.command == "deliver":
        from reviewloop_local.loop.deliver import deliver_file

        return deliver_file(stack, chosen.file, chosen.day)
    if chosen.command == "drift":
        from reviewloop_local.loop.drift_demo import drift

        return drift(stack, chosen.kind)
    if chosen.command == "stories":
        from reviewloop_local.loop.stories import stories

        return stories(stack)
    if chosen.command == "up":
        from reviewloop_local.loop.restart import ask_before_restart

        stack.up(_say, lambda: ask_before_restart(stack, _say))
        print(way_in(stack), flush=True)
    elif chosen.command == "down":
        stack.down(_say)
    elif chosen.command == "clean":
        stack.clean(_say)
    elif chosen.command == "backup":
        backup(stack.home, _folder(chosen.to, "TO"), _say)
    elif chosen.command == "restore":
        _restore(stack, _folder(chosen.source, "FROM"), chosen.part)
    elif chosen.command == "status":
        return _status(stack)
    elif chosen.command == "password":
        print(stack.home.admin_password())
    elif chosen.command == "logs":
        return _follow_logs(stack, chosen.part)
    elif chosen.command == "step":
        _step(stack, chosen.arguments)
    elif chosen.command == "serve":
        _serve(stack)
    return 0


def _folder(given: str, name: str) -> Path:
    if not given:
        raise LocalError(
            f'{name}: not given; name a folder: make {"backup" if name == "TO" else "restore"} {name}="path/to/folder"'
        )
    return Path(given).expanduser().resolve()


def _restore(stack: Stack, source: Path, part: str) -> None:
    running = stack.is_running()
    if running and not part:
        raise LocalError("the stack runs: `make stop` first, then restore; or name the one service that lost its data, PART=mlflow")
    if not part:
        restore(stack.home, source, _say)
        return
    if running and part in STORED:
        stack.stop_part(part)
    try:
        restore_part(stack.home, source, part, _say)
    finally:
        if running and part in STORED:
            stack.start_part(part)


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _status(stack: Stack) -> int:
    ready, states = stack.ready(), stack.states()
    for name, state in states.items():
        word = "ready" if ready[name] else "not ready" if state.state == "RUNNING" else state.state.lower()
        print(f"{name:<24}{word:<12}{state.description}")
    if not stack.is_running():
        print("The stack is stopped: `make run` starts it.")
        return 1
    print(way_in(stack))
    return 0 if all(ready.values()) else 1


def _follow_logs(stack: Stack, part: str) -> int:
    known: dict[str, Path] = {path.stem: path for path in sorted(stack.home.logs.glob("*.log"))}
    if not known:
        raise LocalError(f"no logs in {stack.home.logs}: the stack was never started")
    if part and part not in known:
        raise LocalError(f"PART: {part!r} has no log; known are {', '.join(known)}")
    files = [str(known[part])] if part else [str(path) for path in known.values()]
    try:
        done = subprocess.run(["tail", "-n", "40", "-F", *files], check=False)  # noqa: S603, S607 (tail of the user's own PATH)
    except KeyboardInterrupt:  # the way to end it
        return 0
    return 0 if done.returncode == -signal.SIGPIPE else done.returncode


def _own_env(stack: Stack) -> dict[str, str]:
    """The stack's environment for a process that is the user's own, and no part of it."""
    if not stack.is_running():
        raise LocalError("the stack is stopped, and everything lies in it: `make run` first")
    return {key: value for key, value in stack.env.items() if key != MARKER}


def _step(stack: Stack, arguments: list[str]) -> None:
    os.execve(sys.executable, [sys.executable, "-m", "reviewloop", *arguments], _own_env(stack))  # noqa: S606 (our own interpreter)


def _serve(stack: Stack) -> None:
    from reviewloop_local.stack.ports import require_free

    env = {**_own_env(stack), MARKER: str(stack.home.root), PART: endpoint.PART}  # so that `down` finds it
    for found in endpoint.running(stack.home):
        raise LocalError(f"the endpoint runs already: {found.url}/docs; Ctrl-C where it was started, or `make stop`, ends it")
    require_free(stack.ports, "serve")
    command = [sys.executable, "-m", "reviewloop.serving", "--port", str(stack.ports.serve)]
    print(f"http://127.0.0.1:{stack.ports.serve}/docs   Ctrl-C stops it", flush=True)
    os.execve(sys.executable, command, env)  # noqa: S606 (our own interpreter, no shell)


if __name__ == "__main__":
    sys.exit(main())
