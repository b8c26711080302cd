"""What a kernel is told, and what of a notebook is kept."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewloop_local.errors import LocalError
from reviewloop_local.notebooks.cells import Cell, code, notebook, told
from reviewloop_local.notebooks.executing import CellFailed, environment, kernel, require_clean, run

Made = Callable[..., Any]


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    """Runs cells, all in one kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANTED_TOKEN", "planted-secret-value")
        with kernel(notebook("first", []), None, 60) as client:
            yield lambda *cells: run(client, notebook("A notebook", cells))


def test_the_same_cells_give_the_same_bytes() -> None:
    cells: list[Cell] = [told("""
        ## A heading
        Words.
        """), code("1 + 1")]  # fmt: skip
    first, second = notebook("A title", cells), notebook("A title", cells)
    assert json.dumps(first) == json.dumps(second)
    assert [cell.source for cell in first.cells] == ["# A title", "## A heading\nWords.", "1 + 1"]


def test_a_cell_is_run_with_what_was_before_it_and_standard_error_is_not_kept(made: Made, capsys: Any) -> None:
    done = made(code("import sys\nx = 20"), told("Words."), code("print('seen', file=sys.stderr)\nx + 1"))
    (result,) = done.cells[-1].outputs
    assert result.data["text/plain"] == "21"
    assert (done.cells[1].execution_count, done.cells[-1].execution_count, result.execution_count) == (1, 2, 2)
    assert "execution" not in done.cells[-1].metadata, "times differ from run to run"
    assert "seen" in capsys.readouterr().err


def test_the_kernel_knows_no_secret_and_lives_in_a_folder_that_goes_away(made: Made) -> None:
    done = made(code("import os\nsorted(os.environ)"))
    assert "PLANTED" not in str(done.cells[-1].outputs)
    secret = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "no", "REVIEWLOOP_PROFILE": "test", "HOME": "/home/me"}
    told_of = environment(Path("/data/a file.csv"), Path("/scratch"), secret)
    assert "AWS_SECRET_ACCESS_KEY" not in told_of
    assert (told_of["PATH"], told_of["REVIEWLOOP_PROFILE"], told_of["HOME"]) == ("/bin", "test", "/scratch")
    assert (told_of["CSV"], told_of["OMP_NUM_THREADS"]) == ("/data/a file.csv", "1")


def test_a_cell_that_raises_ends_it_in_one_line(made: Made) -> None:
    with pytest.raises(CellFailed) as failed:
        made(code("1"), code("raise ValueError('planted\\nmore')"), code("print('never')"))
    assert str(failed.value) == "A notebook: cell 2: ValueError: planted"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import os; os.getcwd()", "a path of this machine"),
        ("import sys; print(sys.executable)", "a path of this machine"),
        ("'planted-' + 'secret-value'", "a secret of the environment"),
        ("{'deep': ['planted-' + 'secret-value']}", "a secret of the environment"),
    ],
)
def test_what_no_notebook_may_hold_is_found_and_not_told(made: Made, source: str, what: str) -> None:
    done = made(code("1"), code(source))
    with pytest.raises(LocalError) as refused:
        require_clean(done)
    assert str(refused.value) == f"A notebook: cell 2 holds {what}; the notebook is not kept"


def test_words_are_looked_through_too_and_a_short_value_is_no_secret() -> None:
    require_clean(notebook("A notebook", [told("abc")]), given={"API_KEY": "abc", "USER": "a user's name"})
    with pytest.raises(LocalError, match="cell 1 holds a path"):
        require_clean(notebook("A notebook", [told(f"See {Path.cwd()}.")]), given={})
    with pytest.raises(LocalError, match="cell 1 holds a path"):
        require_clean(notebook("A notebook", [told("See /data/of/mine.")]), Path("/data/of/mine/reviews.csv"), given={})
