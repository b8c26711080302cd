"""What of the lake is superseded, and what is kept and why: ``python -m reviewloop retain``.

A line for each thing that would go, and a sum for each place where something may; `--all` says of what stays why it stays, too.
Nothing is changed without ``--apply``; with it that goes, and the lake keeps a record of what went, by whose word. Never what a
version, the ledger or a snapshot names. Exit status: 0 done, 1 something could not be looked up or deleted.
"""

import argparse
import logging
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Look, and with ``--apply`` delete; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop retain", description=__doc__, formatter_class=layout)
    parser.add_argument("--apply", action="store_true", help="delete what is superseded; without it nothing is changed")
    parser.add_argument("--by", metavar="NAME", default="", help="who asks for it; needed with --apply")
    parser.add_argument("--all", action="store_true", help="say of what stays why it stays, too")
    chosen = parser.parse_args(arguments)
    if chosen.apply and not chosen.by.strip():
        parser.error("--by: say who asks for it; the record of what was deleted names you")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.retention import removing
    from reviewloop.core.release.events import person
    from reviewloop.core.retention.report import lines
    from reviewloop.errors import ReviewloopError

    try:
        found = removing.retain(person(chosen.by)) if chosen.apply else removing.Retained(removing.plan())
    except ReviewloopError as error:
        sys.stderr.write("nothing was deleted: " + " ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write("\n".join(lines(found.decisions, all_of_them=chosen.all)) + "\n")
    if found.record is None:
        if due := sum(one.act == "go" for one in found.decisions):
            sys.stdout.write(f"{due} would go: `python -m reviewloop retain --apply --by NAME`\n")
        return 0
    for one in found.record.deleted:
        if one.state != "gone":
            sys.stdout.write(f"{one.state}  {one.key}  {one.told}\n")
    sys.stdout.write(f"{sum(one.state == 'gone' for one in found.record.deleted)} are gone; the record: {found.record_uri}\n")
    return 1 if any(one.state == "failed" for one in found.record.deleted) else 0
