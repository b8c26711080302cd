"""Whether a paid training could start on AWS: ``python -m reviewloop preflight``.

A line each: account, region, bucket, role, image, quota, queue, price, budget, as they are, or what is missing and what to do.
With ``--plan`` also what would be started, reserved and tagged. Nothing is changed, with it or without. Exit status: 0 it could
start, or costs nothing; 1 something is missing or wrong, or AWS does not answer.
"""

import argparse
import logging
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Look, print; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop preflight", description=__doc__, formatter_class=layout)
    parser.add_argument("--plan", action="store_true", help="also say what would be started, reserved and tagged")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.costs import planning
    from reviewloop.config import load_config
    from reviewloop.core.costs.preflight import in_words
    from reviewloop.core.costs.prices import paid_job
    from reviewloop.errors import ReviewloopError

    try:
        config = load_config()
        job = paid_job(config.training.backend, config.costs)
        if job is None:
            sys.stdout.write("training.backend.kind is local: the training runs on this machine, and nothing is paid for\n")
            return 0
        findings = planning.findings(job)
        lines = [*in_words(findings), *(planning.lines(job) if chosen.plan else ())]
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(one.is_ok for one in findings) else 1
