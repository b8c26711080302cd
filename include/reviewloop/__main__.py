"""Run one step by hand, without Airflow: ``python -m reviewloop <step> --day 2026-01-02``.

The same functions that the DAGs call. A ref goes in as JSON text, as ``@file`` or as ``-`` (standard input), and the step's ref
comes out as JSON on standard output, so steps can be piped. Exit status: 0 done or nothing to do, 1 refused or failed, 2 misused.
"""

import argparse
import ast
import importlib
import inspect
import logging
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from reviewloop import steps
from reviewloop.core.days import require_day, require_moment
from reviewloop.errors import NothingToDo, PermanentError, ReviewloopError
from reviewloop.pipes import until_closed

COMMANDS: Final = {
    "query": (
        "reviewloop.query",
        '"<sql>"  Ask the lake: one SELECT through Athena, printed; `query` alone lists tables and columns',
    ),
    "explain": ("reviewloop.explain", '"<text>"  Why the champion answers as it does: what each word adds'),
    "predict": ("reviewloop.predict", "FILE.csv  The champion reads a file: its rows again, each with sentiment and probabilities"),
    "sample": ("reviewloop.sample", "METHOD  A sample of the curated reviews for people, and how well it stands for all of them"),
    "card": ("reviewloop.card", "VERSION  What is recorded of a version, as its card in Markdown, and whether that is still so"),
    "trace": ("reviewloop.trace", "7  Where a version, prediction, data or person comes from and what came of it, without MLflow"),
    "verify": (
        "reviewloop.verify",
        " Whether ledger, files, tags, aliases and cards are what they were; a line for each that is not",
    ),
    "reproduce": (
        "reviewloop.reproduce",
        "7  A version made again of what it was made of: bit-equal, within noise, or not, and which input differs",
    ),
    "features": (
        "reviewloop.features",
        "describe  The feature store: create, ingest, get, search, describe, delete",
    ),
    "models": (
        "reviewloop.encoders",
        " The encoders that a fine-tune may start from; `models NAME` tells more of one",
    ),
    "preflight": (
        "reviewloop.preflight",
        " Whether a paid training could start on AWS, and what is missing; --plan what it would do",
    ),
    "reap": ("reviewloop.reap", " What costs money on AWS and is expired; taken away with --apply alone"),
    "retain": ("reviewloop.retain", " What of the lake is superseded, and what is kept and why; deleted with --apply alone"),
    "metrics": ("reviewloop.exporter", " Tell Prometheus how the loop stands, on 127.0.0.1:9101/metrics"),
}
"""Beside the steps: the module whose ``main`` it is, and a line on it. Each is imported when it is asked for."""
FORMS: Final[Mapping[str, Callable[[str, str], str]]] = {"day": require_day, "covers_day": require_day, "known_at": require_moment}
"""Parameters that are text of a form. Steps compare days as text, and one that is none would find others than were meant."""
INTERRUPTED: Final = 128 + signal.SIGINT
_MAX_SHOWN: Final = 60
"""Characters of a value that is told again."""
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


def modules() -> dict[str, str]:
    """Every step's module, such as ``ingest/land`` for ``land``: a folder under ``steps/`` holds the steps of one DAG."""
    root = Path(steps.__path__[0])
    return {path.stem: path.relative_to(root).with_suffix("").as_posix() for path in sorted(root.glob("*/[!_]*.py"))}


def summaries() -> dict[str, str]:
    """Every step and the first line of its docstring, read from the source so that listing imports nothing."""
    found = {}
    for name, module in modules().items():
        source = (Path(steps.__path__[0]) / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                found[name] = (ast.get_docstring(node) or "").split("\n")[0]
    return found


def _overview() -> argparse.ArgumentParser:
    known = summaries()
    width = max(map(len, known), default=0)
    listing = "\n".join(f"  {name:<{width}}  {line}" for name, line in known.items())
    commands = "\n".join(f"{name} {line}" for name, (_, line) in COMMANDS.items())
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m reviewloop",
        description=__doc__,
        epilog=f"{commands}\n\nsteps:\n{listing}",
        formatter_class=layout,
    )
    parser.add_argument(
        "step",
        choices=[*known, *COMMANDS],
        metavar="step",
        help="its name, or one of the commands below; `<name> --help` shows its parameters",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _parser(step: Callable[..., Any], hints: dict[str, Any]) -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    name = step.__name__
    parser = argparse.ArgumentParser(prog=f"python -m reviewloop {name}", description=inspect.getdoc(step), formatter_class=layout)
    for parameter in inspect.signature(step).parameters.values():
        required = parameter.default is parameter.empty
        kind = inspect.formatannotation(hints[parameter.name]).removeprefix("reviewloop.refs.")
        note = kind if required else f"{kind}, default {parameter.default}"
        option = "--" + parameter.name.replace("_", "-")
        parser.add_argument(option, dest=parameter.name, required=required, default=argparse.SUPPRESS, metavar="VALUE", help=note)
    return parser


def _text(value: str) -> str:
    """The argument itself, or what ``@file`` or ``-`` stands for."""
    if value == "-":
        return sys.stdin.read()
    return Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value


def parse_value(annotation: Any, value: str) -> Any:
    """``value`` as the parameter's type: plain text where that fits (``3``, ``2026-01-02``), JSON otherwise.

    Raises ``ValueError`` with one line that says what is wrong.
    """
    adapter = TypeAdapter(annotation)
    try:
        text = _text(value)
    except OSError as error:
        raise ValueError(f"{value}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{value}: is not UTF-8 ({error.reason}); save it as UTF-8") from None
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        plain = error
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        told = error if text.lstrip()[:1] in ("{", "[") else plain  # who writes no JSON is told nothing of JSON
    found = f" (found {value!r})" if told is plain and len(value) <= _MAX_SHOWN else ""
    faults = (f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in told.errors(include_url=False))
    raise ValueError("; ".join(faults) + found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the step that ``arguments`` name; returns the exit status."""
    given_words = sys.argv[1:] if arguments is None else arguments
    overview = _overview()
    for place, word in enumerate(given_words, start=1):
        if _HALF_PAIR.search(word):  # what Python makes of bytes that are no UTF-8; nothing that is kept may hold it
            overview.error(f"argument {place}, {word!a}: is not UTF-8; set the terminal to UTF-8, or give it as @file")
    chosen = overview.parse_args(given_words)
    if chosen.step in COMMANDS:
        command: Callable[[Sequence[str]], int] = importlib.import_module(COMMANDS[chosen.step][0]).main
        try:
            return command(chosen.arguments)
        except ReviewloopError as error:  # of what it does before it listens for one, such as a setting that is wrong
            sys.stderr.write(f"{chosen.step}: {' '.join(str(error).split())}\n")
            return 1
    step = getattr(importlib.import_module(f"reviewloop.steps.{modules()[chosen.step].replace('/', '.')}"), chosen.step)
    hints = get_type_hints(step)
    parser = _parser(step, hints)
    given: dict[str, Any] = vars(parser.parse_args(chosen.arguments))
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        try:
            given[name] = parse_value(hints[name], value)
            if name in FORMS and given[name] is not None:
                FORMS[name](given[name], option)
        except ValueError as error:
            parser.error(f"{option}: {error}")
        except PermanentError as error:
            parser.error(str(error))
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        result = step(**given)
    except NothingToDo as reason:
        sys.stderr.write(f"nothing to do: {reason}\n")
        return 0
    except ReviewloopError as error:
        sys.stderr.write(f"{chosen.step}: {type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(to_json(result, indent=2).decode() + "\n")
    return 0


def in_terminal() -> int:
    """``main`` of this process's arguments; Ctrl-C ends it with a line, and a status that is no success."""
    try:
        return main()
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was begun may be half done, and the same command again goes on from there\n")
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(until_closed(in_terminal))
