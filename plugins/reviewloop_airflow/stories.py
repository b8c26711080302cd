"""The page of the ledger: the stories of the newest models, with links that the web server understands."""

from typing import Final

from reviewloop.adapters.lake import places
from reviewloop.adapters.release import ledger
from reviewloop.core.lineage.stories import stories
from reviewloop.core.rollout.routing import STARTED
from reviewloop.errors import PermanentError
from reviewloop.pages.links import Link
from reviewloop.pages.release.ledger import MOST, Told, ledger_page
from reviewloop_airflow.links import PREFIX, report_url, web_path

KIND: Final = "releases"
"""Who may read the records of releases may read this page: it says the same, of all of them."""
ROUTE: Final = f"{PREFIX}/ledger"


def page() -> str:
    """HTML, also where the ledger is broken: it then says so, and where. Raises ``TransientError`` while the lake is away."""
    links = [Link("The loop", web_path(f"{PREFIX}/")), Link("All reports", web_path(f"{PREFIX}/reports"))]
    return ledger_page(_told(), links, _address)


def _told() -> Told:
    try:
        events = ledger.read_unwitnessed()  # the registry may be away: what it knows is `verify`'s to compare
    except PermanentError as error:
        return Told((), 0, str(error))
    pages = {
        event.sha256: places.reports("rollouts", f"rollout={event.number}", "report.html")
        for event in events
        if event.kind == STARTED
    }
    return Told(stories(events, MOST, pages), len(events))


def _address(uri: str) -> str:
    """Of the gates' report its page, which lies beside it."""
    return report_url(uri.removesuffix("/report.json") + "/report.html" if "/reports/model/" in uri else uri)
