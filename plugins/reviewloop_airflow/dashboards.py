"""The four pages on the table ``metrics``, made when somebody asks for one."""

from typing import Final

from reviewloop.adapters.monitoring import metrics
from reviewloop.pages.dashboards.days import Days
from reviewloop.pages.dashboards.menu import DASHBOARDS
from reviewloop.pages.links import Link
from reviewloop_airflow import scripts
from reviewloop_airflow.links import PREFIX, report_url, web_path

KIND: Final = "drift"
"""Who may read the monitor's pages may read these: they say the same, of many days."""
NUM_DAYS: Final = 365
"""The newest monitored days that a page shows; the table has all of them."""


def links() -> list[Link]:
    """The four pages."""
    return [Link(one.told, web_path(f"{PREFIX}/dashboards/{name}")) for name, one in DASHBOARDS.items()]


def page(name: str) -> str:
    """HTML. Raises ``KeyError`` where there is no page of this name."""
    made = DASHBOARDS[name]
    rows = metrics.read(NUM_DAYS)
    reports = rows.drop_duplicates("day")[["day", "report_uri"]].itertuples(index=False)
    days = Days(rows, {str(day): report_url(uri) for day, uri in reports})
    return made.make(days, [Link("The loop", web_path(f"{PREFIX}/")), *links()], scripts.addresses())
