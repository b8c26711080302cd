"""Write synthetic reviews to a CSV file: ``python -m reviewloop_local.sample --rows 4000 --out FILE``."""

import argparse
import sys
from pathlib import Path

from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.sample.reviews import SEED, make_reviews, to_csv_bytes


def main(arguments: list[str] | None = None) -> int:
    """Write a sample, or a delivery with a named fault, as CSV."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.sample", description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="what is wrong with the delivery; default: nothing")
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    chosen = parser.parse_args(arguments)
    if chosen.rows < 1:
        parser.error(f"--rows: {chosen.rows} is not a number of rows; give 1 or more")
    data = FAULTS[chosen.fault](chosen.rows, chosen.seed) if chosen.fault else to_csv_bytes(make_reviews(chosen.rows, chosen.seed))
    chosen.out.write_bytes(data)
    sys.stderr.write(f"{chosen.out}: {len(data)} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
