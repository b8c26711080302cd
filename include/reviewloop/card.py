"""The card of a version, from what is recorded of it: ``python -m reviewloop card 3``.

Writes it under ``reports/cards/`` where it is missing or stale, and prints its Markdown. ``--check`` writes nothing and says
whether the card that is there is what it must be now. Exit status: 0 done or as it must be, 1 refused, stale or changed, 2 misused.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from reviewloop.errors import ReviewloopError


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop card", description=__doc__, formatter_class=layout)
    parser.add_argument("version", help="of the registered model, such as 3")
    parser.add_argument("--bom", action="store_true", help="print the bill of materials (CycloneDX 1.6, JSON) instead")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the newest card is what it must be now")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Write or check the card that ``arguments`` name; returns the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not chosen.version.isdigit():
        parser.error(f"version: {chosen.version!r} is no version; give its number, such as 3")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.lake import s3
    from reviewloop.steps.release.renew_cards import verify_card, write_card

    try:
        uri = verify_card(chosen.version) if chosen.check else write_card(chosen.version)
        sys.stdout.write(s3.read_bytes(f"{uri}/{'bom.cdx.json' if chosen.bom else 'card.md'}").decode())
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stderr.write(f"{uri}/card.html\n")
    return 0
