"""Show the loop as it runs: lines that read well in a file, and on a terminal the running tasks below them."""

import sys
from datetime import UTC, datetime
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from reviewloop_local.loop.airflow_api import DagRun
from reviewloop_local.loop.follow import Change, Watch, label

_LOOKS = {
    "success": ("✓", "green"), "failed": ("✗", "bold red"), "upstream_failed": ("✗", "red"), "skipped": ("–", "dim"),
    "running": ("▸", "cyan"), "up_for_retry": ("↻", "yellow"), "deferred": ("…", "magenta"), "awaiting_input": ("?", "bold yellow"),
    "up_for_reschedule": ("⏸", "yellow"),
}  # fmt: skip
_WORDS = {"deferred": "waiting", "up_for_retry": "will retry", "awaiting_input": "needs an answer", "upstream_failed": "not run",
          "up_for_reschedule": "waits for a service"}  # fmt: skip
_FILE_WIDTH = 150
_WORTH_A_LINE = frozenset({"success", "failed", "skipped", "up_for_retry", "up_for_reschedule", "awaiting_input"})


class LineDisplay:
    """One line a change: the end of a task, and what a long one says meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> "LineDisplay":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to put back."""

    def changed(self, change: Change) -> None:
        """One line, unless the state is only a step on the way to one that matters."""
        state = change.task.state or ""
        if state in _WORTH_A_LINE or (state == "running" and change.note):
            self._console.print(line_of(change), soft_wrap=True)

    def ended(self, run: DagRun) -> None:
        """One line; how long it took from its start."""
        mark, style = _LOOKS.get(run.state, ("·", ""))
        took = f"{(run.ended - run.started).total_seconds():.0f} s" if run.ended and run.started else ""
        name = escape(f"{run.dag_id}  {label(run)}")
        self._console.print(f"{_clock()}  [{style}]{mark} {name}  {run.state}[/]  {took}", soft_wrap=True)

    def tick(self, watch: Watch) -> None:
        """Lines need no refreshing."""


class LiveDisplay(LineDisplay):
    """The same lines, and below them a table of the runs that are not over."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> "LiveDisplay":
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the table off the screen; the lines stay."""
        self._live.stop()

    def tick(self, watch: Watch) -> None:
        """Draw the table anew."""
        self._live.update(table_of(watch))


def new_console() -> Console:
    """Standard output; in a file wide enough for the tables, on a terminal as wide as that is."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)


def display_for(console: Console) -> LineDisplay:
    """What suits the console."""
    return LiveDisplay(console) if console.is_terminal else LineDisplay(console)


def line_of(change: Change) -> Text:
    """``12:01:33  ✓ reviews_ingest 2026-01-01  curate  1.2 s``, with the note after it."""
    state = change.task.state or ""
    mark, style = _LOOKS.get(state, ("·", ""))
    name = change.task.task_id + (f"[{change.task.map_index}]" if change.task.map_index >= 0 else "")
    took = f"{change.task.seconds:.1f} s" if change.task.seconds is not None and state != "skipped" else ""
    line = Text(f"{_clock()}    ")
    line.append(f"{mark} {change.run.dag_id}.{name}", style)
    line.append(f"  {label(change.run)}  ", "dim")
    words = [] if state == "success" else [_WORDS.get(state, state)]
    line.append("  ".join([*words, *([took] if took else [])]))
    line.append(f"  {change.note}" if change.note else "", "dim" if state in {"running", "skipped"} else "")
    return line


def table_of(watch: Watch) -> Table:
    """The runs that are not over, each with its tasks."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for run in watch.active():
        tasks = Text()
        for task in watch.tasks.get((run.dag_id, run.run_id), {}).values():
            mark, style = _LOOKS.get(task.state or "", ("·", "dim"))
            tasks.append(f"{mark} {task.task_id} ", style)
            if task.state == "running" and task.started:
                tasks.append(f"{(datetime.now(UTC) - task.started).total_seconds():.0f} s ", style)
                note = watch.notes.get((run.run_id, task.task_id))
                tasks.append(f"({note}) " if note else "", "dim")
        table.add_row(Text(run.dag_id, "bold"), Text(label(run), "dim"), tasks)
    return table


def _clock() -> str:
    return f"{datetime.now():%H:%M:%S}"  # the reader's own clock
