"""A contender's process: ``python -m PROGRAM recipe.json CONTENDER``, a module of this package."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from reviewloop_local.bench.programs.turns import Turns
from reviewloop_local.bench.recipe import Recipe, read_recipe

Train = Callable[[Recipe, str], None]
"""Trains by the recipe, under the contender's name, and leaves a model folder."""


@contextmanager
def private_output() -> Iterator[TextIO]:
    """Standard output for the reports alone; whatever else is printed goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as reports:
        os.dup2(2, 1)
        yield reports


def main(train: Train) -> int:
    """Train in turns; the last report says that the model is there."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    recipe, name = read_recipe(Path(sys.argv[1])), sys.argv[2]
    with private_output() as reports:
        with Turns(recipe, sys.stdin, reports):
            train(recipe, name)
        print(json.dumps({"finished": True}), file=reports, flush=True)
    return 0
