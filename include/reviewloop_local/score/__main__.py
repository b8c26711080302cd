"""The ML Test Score of this loop: 28 tests of Breck et al. (2017), from tests that are run now."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from reviewloop_local.generated import put
from reviewloop_local.score.rubric import Scored, read_rubric, score, sums
from reviewloop_local.score.running import named_tests, run_tests
from reviewloop_local.studies.markdown import table


def shown(scored: Mapping[str, Sequence[Scored]], num_tests: int) -> str:
    """The score, a table of the sections, and one of the rows a section, in Markdown."""
    total = sums(scored)
    parts = [
        f"ML Test Score: **{min(total.values()):g}** of 7, the lowest of four sections ({num_tests} tests named, run just now).",
        table(["section", "points of 7"], [[section, f"{points:g}"] for section, points in total.items()]),
    ]
    for section, rows in scored.items():
        cells = [[one.row.test, f"{one.points:g}", one.row.how if not one.wrong else "failed", _words(one)] for one in rows]
        parts += [f"**{section}**", table(["test", "points", "how", "by what, and what is missing"], cells)]
    return "\n\n".join(parts)


def _words(one: Scored) -> str:
    row = one.row
    wrong = f"did not pass: {', '.join(one.wrong)}" if one.wrong else ""
    written = f"written down in {row.written}" if row.written else ""
    missing = f"*missing: {row.missing}*" if row.missing else ""
    return "; ".join(words for words in (wrong, row.by, written, missing) if words)


def main(arguments: list[str] | None = None) -> int:
    """Run the tests and print the table; the exit status is 0 only if every test that a row names has passed."""
    parser = argparse.ArgumentParser(prog="make score", description=__doc__, allow_abbrev=False)
    parser.add_argument("--docs", action="store_true", help="also write the table into docs/score.md")
    chosen = parser.parse_args(arguments)
    rubric = read_rubric()
    tests = named_tests(rubric)
    scored = score(rubric, run_tests(tests))
    text = shown(scored, len(tests))
    print(text)
    if chosen.docs:
        put("score.md", "make score DOCS=1", text)
    return 1 if any(one.wrong for rows in scored.values() for one in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
