"""The table cannot say more than tests have shown: each row names tests that exist, and one that fails takes the row's points."""

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

from reviewloop_local.score.__main__ import shown
from reviewloop_local.score.rubric import POINTS, Row, read_rubric, score, sums
from reviewloop_local.score.running import named_tests, outcome, read_report, run_tests

ROOT = Path(__file__).resolve().parents[3]
RUBRIC = read_rubric()
PASSED = dict.fromkeys(named_tests(RUBRIC), "passed")


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_there_are_four_sections_of_seven() -> None:
    assert {section: len(rows) for section, rows in RUBRIC.items()} == {
        "Data": 7, "Model": 7, "Infrastructure": 7, "Monitoring": 7
    }  # fmt: skip


@pytest.mark.parametrize("test", named_tests(RUBRIC))
def test_every_test_that_a_row_names_exists(test: str) -> None:
    file, _, name = test.partition("::")
    assert (ROOT / file).is_file(), file
    assert not name or name in functions(ROOT / file), test


def test_what_was_done_by_hand_is_written_down() -> None:
    for row in (row for rows in RUBRIC.values() for row in rows if row.written):
        assert (ROOT / row.written).is_file(), row


def test_the_score_is_the_weakest_section_and_it_is_five_or_more() -> None:
    total = sums(score(RUBRIC, PASSED))
    assert min(total.values()) >= 5
    text = shown(score(RUBRIC, PASSED), len(PASSED))
    assert f"**{min(total.values()):g}** of 7" in text
    assert text.count("| gap |") == sum(row.how == "gap" for rows in RUBRIC.values() for row in rows)


@pytest.mark.parametrize("outcomes", [{}, {"failed": "failed"}, {"not run": "not run"}], ids=["unnamed", "failed", "skipped"])
def test_a_row_has_no_points_unless_all_its_tests_passed_in_this_run(outcomes: dict[str, str]) -> None:
    rows = [(section, row) for section, rows in RUBRIC.items() for row in rows if row.tests]
    for section, row in rows:
        for test in row.tests:
            told = {**PASSED, test: next(iter(outcomes), "")} if outcomes else {name: "passed" for name in PASSED if name != test}
            (one,) = [one for one in score(RUBRIC, told)[section] if one.row == row]
            assert (one.points, one.wrong) == (0, (test,))
            assert f"did not pass: {test}" in shown({section: [one]}, 1)
    assert len(rows) > 20


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"how": "automated", "by": "x"}, "a claim without a test is a gap"),
        ({"how": "manual", "by": "x", "tests": ["t"]}, "written: where a test by hand"),
        ({"how": "gap"}, "a gap says what is missing"),
        ({"how": "gap", "missing": "x", "tests": ["t"]}, "a gap says what is missing"),
        ({"how": "nearly", "missing": "x"}, "'automated', 'manual' or 'gap'"),
    ],
)
def test_a_row_that_claims_what_it_does_not_show_is_refused(row: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Row.model_validate({"test": "A test", **row})


def test_points_are_those_of_the_paper() -> None:
    assert POINTS == {"automated": 1, "manual": 0.5, "gap": 0}


REPORT = """<testsuites><testsuite>
<testcase file="tests/a.py" name="test_good[1]"/><testcase file="tests/a.py" name="test_good[2]"/>
<testcase file="tests/a.py" name="test_half[1]"/><testcase file="tests/a.py" name="test_half[2]"><failure/></testcase>
<testcase file="tests/b.py" name="test_left_out"><skipped/></testcase><testcase file="tests/b.py" name="test_good"/>
<testcase file="tests/c.py" name="test_never"><error/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("test", "came_to"),
    [
        ("tests/a.py::test_good", "passed"), ("tests/a.py::test_half", "failed"), ("tests/a.py", "failed"),
        ("tests/b.py", "not run"), ("tests/b.py::test_good", "passed"), ("tests/c.py", "failed"),
        ("tests/a.py::test_goo", "not run"), ("tests/d.py", "not run"),
    ],
)  # fmt: skip
def test_of_many_parameters_and_functions_the_worst_counts(test: str, came_to: str) -> None:
    assert outcome(test, read_report(REPORT)) == came_to


def test_tests_are_really_run(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    names = [f"tests/test_x.py::test_{name}" for name in "abc"]
    assert run_tests([*names[:2], "tests/test_gone.py::test_a"], tmp_path) == {
        names[0]: "passed", names[1]: "failed", "tests/test_gone.py::test_a": "not run"
    }  # fmt: skip
