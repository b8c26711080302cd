"""Tests run in a process of their own, and what each came to."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from reviewloop_local.score.rubric import Outcome, Rubric
from reviewloop_local.stack.home import PROJECT_ROOT


def named_tests(rubric: Rubric) -> list[str]:
    """Every test that some row names, once."""
    return sorted({test for rows in rubric.values() for row in rows for test in row.tests})


def run_tests(tests: Sequence[str], root: Path = PROJECT_ROOT) -> dict[str, Outcome]:
    """Run them with pytest, whose output goes to standard error; one that does not exist, or is skipped, was not run."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        existing = [test for test in tests if (root / test.partition("::")[0]).is_file()]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={report}",
            "-o",
            "junit_family=xunit1",
        ]
        subprocess.run([*command, *existing], cwd=root, stdout=sys.stderr, check=False)  # noqa: S603 - our own words
        found = read_report(report.read_text(encoding="utf-8")) if report.exists() else {}
    return {test: outcome(test, found) for test in tests}


def read_report(text: str) -> dict[str, list[Outcome]]:
    """Test (``path::function``) -> what each of its parameters came to, from pytest's JUnit report with ``xunit1`` names."""
    found: dict[str, list[Outcome]] = {}
    for case in ElementTree.fromstring(text).iter("testcase"):  # noqa: S314 - pytest wrote it
        kinds = {child.tag for child in case}
        came_to: Outcome = "failed" if kinds & {"failure", "error"} else "not run" if "skipped" in kinds else "passed"
        found.setdefault(f"{case.get('file')}::{str(case.get('name')).partition('[')[0]}", []).append(came_to)
    return found


def outcome(test: str, found: Mapping[str, Sequence[Outcome]]) -> Outcome:
    """Of a function's parameters, or a file's functions, the worst."""
    told = [one for name, each in found.items() if name == test or name.startswith(f"{test}::") for one in each]
    return "failed" if "failed" in told else "not run" if not told or "not run" in told else "passed"
