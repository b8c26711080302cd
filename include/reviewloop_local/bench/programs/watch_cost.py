"""What watching the training costs: ``... watch_cost recipe.json``; writes ``watch_cost.json``."""

import importlib
import sys
from pathlib import Path
from typing import Final

from reviewloop.files import write_json
from reviewloop_local.bench.recipe import WATCH_COST, Recipe, read_recipe

MEASURE: Final = "reviewloop_local.bench.programs.watching"
STEPS: Final = 400


def watch_cost(recipe: Recipe) -> None:
    """Step time with the watcher over step time without it, as ``reviewloop_local.bench.programs.watching`` tells it."""
    write_json(recipe.folder / WATCH_COST, importlib.import_module(MEASURE).measure(STEPS))


if __name__ == "__main__":
    watch_cost(read_recipe(Path(sys.argv[1])))
