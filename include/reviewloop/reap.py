"""What costs money on AWS and nobody needs any more: ``python -m reviewloop reap``.

A line for each job and endpoint that carries this deployment's tags, and what becomes of it. Nothing is changed without
``--apply``; with it those go that are expired, never the champion's endpoint. Exit status: 0 done, 1 something could not be looked
at or taken away.
"""

import argparse
import logging
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Look, and with ``--apply`` take away; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop reap", description=__doc__, formatter_class=layout)
    parser.add_argument("--apply", action="store_true", help="take away what is expired; without it nothing is changed")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.costs.reaping import reap
    from reviewloop.core.costs.report import table
    from reviewloop.errors import ReviewloopError

    try:
        found = reap(apply=chosen.apply)
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write("\n".join(table([(one.kind, one.name, one.act, one.why) for one in found])) + "\n")
    if due := sum(one.act == "would go" for one in found):
        sys.stdout.write(f"{due} would go: `python -m reviewloop reap --apply`\n")
    return 1 if any(one.act == "failed" for one in found) else 0
