"""Ask the feature store: ``python -m reviewloop features describe review_text``.

``create GROUP``, ``ingest``, ``get GROUP KEY ...`` (a review is 2026-01-02/42; ``--at TIME``: as it was known then),
``search WORD``, ``describe [GROUP]``, ``delete GROUP --by NAME --reason WHY``. One review leaves it by the step ``erase``. The DAG
`feature_store` does the same. Exit status: 0 done, 1 refused or failed, 2 misused.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import get_args

from reviewloop.errors import NothingToDo, ReviewloopError


def _parser() -> argparse.ArgumentParser:
    from reviewloop.steps.features.ask_features import Wish

    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop features", description=__doc__, formatter_class=layout)
    parser.add_argument("do", choices=get_args(Wish), help="what to do")
    parser.add_argument(
        "words", nargs="*", metavar="GROUP or WORD, KEYS", help="the group and, behind it, keys; of `search` a word"
    )
    parser.add_argument("--at", default="", metavar="TIME", help="get: as it was known then, such as 2026-01-02T00:00:00+00:00")
    parser.add_argument("--by", default="", metavar="NAME", help="delete: who asks for it")
    parser.add_argument("--reason", default="", metavar="WHY", help="delete: why; it is kept for good")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say, and print the answer; returns the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    import pandas as pd

    from reviewloop.query import written
    from reviewloop.steps.features.ask_features import ask_features

    group, what = ("", " ".join(chosen.words)) if chosen.do == "search" else (chosen.words[:1], " ".join(chosen.words[1:]))
    try:
        records = ask_features(chosen.do, "".join(group), what, chosen.at, chosen.by, chosen.reason)
    except NothingToDo as reason:
        sys.stderr.write(f"nothing to do: {reason}\n")
        return 0
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write(written(pd.DataFrame(records), chosen.format))
    return 0
