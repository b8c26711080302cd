"""``make deliver``: a file of one's own as a day's delivery, and what ingest made of it."""

import io
from datetime import date
from pathlib import Path

from rich.console import Console

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.formats import ZIPPED, ending_of
from reviewloop.core.delivery.parsing import parse_reviews
from reviewloop.core.delivery.text_streams import unzip
from reviewloop.errors import DataRejected
from reviewloop_local.errors import LocalError
from reviewloop_local.loop import summary
from reviewloop_local.loop.airflow_api import AirflowApi
from reviewloop_local.loop.display import new_console
from reviewloop_local.loop.follow import Watch
from reviewloop_local.loop.replay import Delivery
from reviewloop_local.loop.run import enter, open_stack, replay, run_for
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import Stack


def deliver_file(stack: Stack, file: str, day: str) -> int:
    """0 only if every gate let the day through, and all that followed from it went well.

    Raises ``LocalError`` in one line, before anything starts, where the day is no date or the file cannot be a delivery.
    """
    enter(stack)
    delivery = read_delivery(file, day)
    console = new_console()
    api = open_stack(stack, console)
    console.print(f"\n[bold]{day}[/]  {delivery.name}: {delivery.declared['rows']} rows, sha256 {delivery.digest[:16]}")
    watch = Watch(api, {run_for(api, delivery)})
    replay(api, console, watch, [delivery])
    return tell(api, stack.ports, watch, console)


def read_delivery(file: str, day: str) -> Delivery:
    """The file, read once as the contract's gate will read it. It is delivered with its rows and its SHA-256 declared."""
    require_day(day)
    path = Path(file).expanduser()
    if not file or not path.is_file():
        raise LocalError(f'FILE: {file!r} is not a file; write make deliver FILE="path/to/reviews.csv" DAY={day}')
    data = path.read_bytes()
    try:
        rows = count_rows(path.name, data)
        # One name a format: what is delivered again takes the place of what lies there.
        zipped = ZIPPED if path.name.lower().endswith(ZIPPED) else ""
        return Delivery(day, data, f"reviews{ending_of(path.name)}{zipped}", rows)
    except DataRejected as rejected:
        raise LocalError(f"FILE: {rejected.reason}; nothing was delivered") from None


def require_day(day: str) -> None:
    """Raises ``LocalError`` for what is no date as ``YYYY-MM-DD``."""
    try:
        valid = date.fromisoformat(day).isoformat() == day
    except ValueError:
        valid = False
    if not valid:
        raise LocalError(f"DAY: {day!r} is not a date; write the day that the reviews are of as YYYY-MM-DD")


def count_rows(name: str, data: bytes) -> int:
    """Data rows of the file, good or bad. Raises ``DataRejected`` where it breaks the dataset's contract as a whole."""
    ending_of(name)
    limits = load_config().dataset.limits
    stream = io.BytesIO(data)
    if name.lower().endswith(ZIPPED):
        zipped, stream = stream, io.BytesIO()
        unzip(name, zipped, stream, limits)
    return parse_reviews(name, stream, load_contract(), limits, lambda _: None, lambda _: None).num_landed


def tell(api: AirflowApi, ports: Ports, watch: Watch, console: Console) -> int:
    """Show rows, gates and reports of what was delivered, and what failed."""
    from reviewloop_local.loop.render import show_deliveries

    report = summary.collect_deliveries(api, ports, watch)
    show_deliveries(report, console)
    return 0 if report.succeeded else 1
