"""Where something comes from and what came of it: ``python -m reviewloop trace 7``.

Of a version (7), a prediction (2026-03-01/42: the day of the delivery and the review's id), a captured answer (request:ID), data
(a digest of a snapshot, a curated batch, a delivery or a model) or a person (person:ada). It reads the ledger, the manifests and
the partitions of the lake; MLflow is not asked. Exit status: 0 complete, 1 a link is missing, or failed, 2 misused.
"""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict

from reviewloop.core.days import require_day
from reviewloop.errors import ReviewloopError


def main(arguments: Sequence[str]) -> int:
    """Trace the subject that ``arguments`` name; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop trace", description=__doc__, formatter_class=layout)
    parser.add_argument("subject", help="7, 2026-03-01/42, request:ID, a digest, or person:NAME")
    parser.add_argument(
        "--day", default="", metavar="DAY", help="of a captured request, YYYY-MM-DD in UTC; without it all days are read"
    )
    parser.add_argument("--format", choices=("words", "json"), default="words", help="default: words, a line a link")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.lineage.tracing import trace
    from reviewloop.core.lineage import links, subjects

    try:
        found = trace(subjects.parse(chosen.subject), chosen.day and require_day(chosen.day, "--day"))
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False) + "\n" if chosen.format == "json" else links.in_words(found))
    return 1 if found.missing else 0
