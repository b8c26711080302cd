"""``make bench``: the customer's loop, Hugging Face's Trainer and ours on the same reviews, side by side.

Leaves ``bench.md`` and ``results.json`` under ``.local/bench/``.
"""

import argparse
import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from reviewloop.errors import ReviewloopError
from reviewloop_local.bench.contenders import ABLATIONS, AS_SHIPPED, CONTENDERS, Contender
from reviewloop_local.bench.inputs import prepare
from reviewloop_local.bench.machine import Machine
from reviewloop_local.bench.race import Lap, race, run_program
from reviewloop_local.bench.ratios import Ratio, tokens_per_second
from reviewloop_local.bench.recipe import MACHINE, PREDICTIONS, WATCH_COST, Recipe
from reviewloop_local.bench.report import markdown, tables, verdicts
from reviewloop_local.bench.results import Results, judged
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.loop.display import new_console
from reviewloop_local.stack.home import home_from

TRAIN_ROWS: Final = 2560
TURN_STEPS: Final = 10
ABLATION_ROUNDS: Final = 12
QUICK_TURN_STEPS: Final = 3
QUICK_ROUNDS: Final = 4
"""Rounds of all contenders; in each the first is not counted."""


def bench(recipe: Recipe, source: str, console: Console, *, quick: bool) -> Results:
    """Run all of it. Raises ``LocalError`` when a contender fails."""
    _demand("probe", recipe)
    machine = Machine.model_validate_json((recipe.folder / MACHINE).read_text(encoding="utf-8"))
    results = Results(f"{datetime.now(UTC):%Y-%m-%d}", recipe, machine, source, quick)
    console.print(f"{escape(machine.in_words())}\n{escape(source)}: {recipe.num_train_rows} training rows, {recipe.epochs} epochs")
    results.laps = race(CONTENDERS, recipe, _Progress(console, CONTENDERS, recipe), num_rounds=QUICK_ROUNDS if quick else None)
    if quick:
        results.notes.append("The quick version: speed alone, over few steps. Leave out QUICK for quality, parts and the watcher.")
        return results

    console.print("The models are judged")
    _demand("judge", recipe, *(contender.name for contender in CONTENDERS))
    predictions = json.loads((recipe.folder / PREDICTIONS).read_text(encoding="utf-8"))
    results.num_held_out = len(predictions["held_out"]["labels"])
    results.quality = judged(predictions, recipe.seed)

    console.print("Ours, part by part")
    progress = _Progress(console, ABLATIONS, recipe)
    results.ablations = race(ABLATIONS, recipe, progress, num_rounds=ABLATION_ROUNDS, tolerant=True)
    if results.ablations[AS_SHIPPED.name].failure:  # there is nothing to set the others against
        raise LocalError(f"ours failed: {results.ablations[AS_SHIPPED.name].failure}")

    console.print("The watcher's cost")
    trouble = run_program("watch_cost", recipe)
    if trouble:
        results.notes.append(f"The watcher's cost was not measured: {trouble.splitlines()[-1]}")
    else:
        cost = json.loads((recipe.folder / WATCH_COST).read_text(encoding="utf-8"))
        results.watch_cost = Ratio(cost["ratio"], cost["low"], cost["high"])
        results.watch_own = cost["own"]
    return results


def _demand(program: str, recipe: Recipe, *names: str) -> None:
    trouble = run_program(program, recipe, *names)
    if trouble:
        raise LocalError(f"the benchmark's {program} failed; its log ends:\n{trouble}")


class _Progress:
    """A line a round: everybody's speed so far, in samples a second."""

    def __init__(self, console: Console, contenders: tuple[Contender, ...], recipe: Recipe) -> None:
        self._console, self._contenders, self._recipe = console, contenders, recipe

    def __call__(self, number: int, laps: dict[str, Lap]) -> None:
        words = [f"{contender.title} {self._speed(laps[contender.name])}" for contender in self._contenders]
        self._console.print(escape(f"round {number:>2}  samples/s: {'; '.join(words)}"), soft_wrap=True)

    def _speed(self, lap: Lap) -> str:
        if lap.failure:
            return "failed"
        if not lap.measured:
            return "warm"
        return f"{tokens_per_second(lap.measured) / self._recipe.mean_tokens:.1f}"


def command_of(chosen: argparse.Namespace) -> str:
    """``make bench`` as a person would type it to get the same."""
    words = ["make bench", "CSV=..." if chosen.csv else ""]
    words += [f"ROWS={chosen.train_rows}" if chosen.train_rows != TRAIN_ROWS else "", "QUICK=1" if chosen.quick else "", "DOCS=1"]
    return " ".join(filter(None, words))


def main(arguments: list[str] | None = None) -> int:
    """Run it, show it, keep it."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="a review file with Kaggle's columns; without it, made-up sample reviews")
    parser.add_argument("--quick", action="store_true", help="speed alone, over few steps")
    parser.add_argument("--model", help="the encoder, as training.transformer.model names it; default: that one")
    parser.add_argument("--docs", action="store_true", help="also write the tables into docs/benchmarks.md")
    parser.add_argument("--train-rows", type=int, default=TRAIN_ROWS, help="at most so many; default: %(default)s")
    chosen = parser.parse_args(arguments)
    console = new_console()
    folder = home_from(os.environ).root / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        recipe = prepare(
            folder,
            chosen.csv,
            model=chosen.model,
            num_train_rows=chosen.train_rows,
            turn_steps=QUICK_TURN_STEPS if chosen.quick else TURN_STEPS,
        )
        results = bench(recipe, chosen.csv.name if chosen.csv else "sample reviews", console, quick=chosen.quick)
    except (LocalError, ReviewloopError) as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was kept.", file=sys.stderr)
        return 130
    page = folder / "bench.md"
    page.write_text(markdown(results), encoding="utf-8")
    if chosen.docs:
        put("benchmarks.md", command_of(chosen), markdown(results))
    for table in tables(results):
        table.show(console)
    for line in (*verdicts(results), *results.notes):
        console.print(escape(line), soft_wrap=True)
    console.print(f"{page}, {results.write()}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
