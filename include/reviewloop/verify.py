"""Whether anybody has changed what says who answers: ``python -m reviewloop verify``.

Compares the ledger with itself and its witness, and with it the files that answer, the reports and records that releases stand on,
the registry's tags and aliases, and the cards of what answers. A line for each thing that is not as it was. Exit status: 0 all is
as it was, 1 something is not, or could not be looked at.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewloop.core.release.standing import Events


def main(arguments: Sequence[str]) -> int:
    """Verify, print what was found; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(prog="python -m reviewloop verify", description=__doc__, formatter_class=layout).parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.lineage.verifying import CHECKS, verify

    more = {"card": _cards}
    found = verify(more)
    for one in found.findings:
        sys.stdout.write(f"{one.place}: {one.told}\n")
    if not found.findings:
        seen = f"{found.num_events} events, {found.num_versions} versions"
        sys.stdout.write(f"{seen}: {', '.join((*CHECKS, *more))} are what the ledger says, and it is whole\n")
    return 1 if found.findings else 0


def _cards(events: "Events") -> Iterator[str]:
    """The card of what answers, may answer after a rollback, or answers in a rollout."""
    from reviewloop.adapters.lineage.verifying import answering
    from reviewloop.errors import PermanentError
    from reviewloop.steps.release.renew_cards import verify_card

    for act in answering(events):
        try:
            verify_card(str(act.version))
        except PermanentError as error:
            yield str(error)
