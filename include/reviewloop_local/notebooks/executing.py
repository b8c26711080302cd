"""A notebook is run by a fresh kernel that is told little: no secret of this process reaches it, and no path comes back.

The kernel's environment is an allow-list. What it wrote is looked through all the same, for values of variables that sound secret
and for folders of this machine: a notebook is made to be handed on.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Any, Final

from reviewloop.adapters.leaderboard.bounded import ONE_CORE
from reviewloop_local.errors import LocalError
from reviewloop_local.notebooks.exploring import FILE
from reviewloop_local.stack.home import PROJECT_ROOT

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

KEPT: Final = (
    "PATH", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONPYCACHEPREFIX", "LANG", "LC_ALL", "TMPDIR", "REVIEWLOOP_PROFILE",
    "REVIEWLOOP_CONFIG_DIR", "HF_HOME", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
)  # fmt: skip
"""All that the kernel is told of this process's environment, beside the review file."""
_SECRET: Final = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL", re.IGNORECASE)
_MIN_SECRET: Final = 8
"""Characters; what is shorter is found in any text."""


class CellFailed(LocalError):
    """A cell of a notebook raised; the message is its last line."""


def environment(csv: Path | None, scratch: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Of the kernel: one core, as the leaderboard's kinds have, and a home of its own that is gone afterwards."""
    kept = {name: given[name] for name in KEPT if name in given}
    own = {"HOME": scratch, "IPYTHONDIR": scratch / "ipython", "JUPYTER_CONFIG_DIR": scratch / "jupyter"}
    # matplotlib looks for fonts once a home: seconds, which its cache in the real one saves; no settings lie there.
    own["MPLCONFIGDIR"] = Path(given.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    named = {FILE: str(csv.resolve())} if csv else {}
    return kept | dict(ONE_CORE) | {name: str(path) for name, path in own.items()} | named | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@contextmanager
def kernel(first: "NotebookNode", csv: Path | None, seconds: float) -> "Iterator[NotebookClient]":
    """A kernel for ``first``, and for others behind it; a cell may take so many seconds. It is gone afterwards, whatever happens.

    It is spoken to over sockets in a folder of this user's, not over ports that anybody on this machine could listen at.
    """
    from nbclient import NotebookClient
    from traitlets.config import Config

    with TemporaryDirectory(prefix="notebooks-") as folder:
        sockets = Config({"KernelManager": {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}})
        options = {"record_timing": False, "resources": {"metadata": {"path": folder}}, "config": sockets}
        client = NotebookClient(first, timeout=int(seconds) + 1, kernel_name="python3", **options)
        with client.setup_kernel(env=environment(csv, Path(folder))):
            yield client


def run(client: "NotebookClient", notebook: "NotebookNode") -> "NotebookNode":
    """The notebook with what its cells gave, run from the first to the last. What they write to standard error is shown here, and
    is not kept. Raises ``CellFailed`` with one line where a cell raises or takes too long."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    client.nb = notebook
    for place, cell in enumerate(notebook.cells):
        try:
            client.execute_cell(cell, place)
        except CellExecutionError as error:
            raise CellFailed(f"{notebook.metadata.title}: cell {place}: {error.ename}: {error.evalue.splitlines()[0]}") from None
        except CellTimeoutError:
            raise CellFailed(f"{notebook.metadata.title}: cell {place}: took over {client.timeout} s; give more MINUTES") from None
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                sys.stderr.write(output["text"])
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    _number(notebook)
    return notebook


def _number(notebook: "NotebookNode") -> None:
    """Cells of code count from 1, whatever the kernel ran before."""
    for number, cell in enumerate((one for one in notebook.cells if one.cell_type == "code"), 1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number


def require_clean(notebook: "NotebookNode", csv: Path | None = None, given: Mapping[str, str] = os.environ) -> None:
    """Raises ``LocalError`` naming the first cell that holds a secret of ``given`` or a folder of this machine; never which."""
    secrets = {value for name, value in given.items() if _SECRET.search(name) and len(value) >= _MIN_SECRET}
    folders = {PROJECT_ROOT, Path.home(), Path.cwd(), Path(gettempdir()), Path(sys.prefix)}
    folders |= {csv.resolve().parent} if csv else set()
    paths = {str(folder) for folder in folders if folder != Path(folder.anchor)}
    for place, cell in enumerate(notebook.cells):
        text = "\n".join(_texts(cell))
        for what, found in (("a secret of the environment", secrets), ("a path of this machine", paths)):
            if any(value in text for value in found):
                raise LocalError(f"{notebook.metadata.title}: cell {place} holds {what}; the notebook is not kept")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
