"""The page of alerts."""

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.lake import places, s3
from reviewloop.core.alerts.book import undelivered
from reviewloop.pages.links import Links
from reviewloop.pages.overview.alerts import alerts_page
from reviewloop.refs import AlertsRef


def show_alerts() -> AlertsRef:
    """Keep the page of what is open, what was told of late, and what could not be told; written where it is another than it was."""
    book = channel.read()
    uri = places.reports("alerts", "now", "report.html")
    data = alerts_page(book.model_dump(mode="json"), Links(depth=2)).encode()
    if not (s3.exists(uri) and s3.read_bytes(uri) == data):
        s3.write_bytes(uri, data, "text/html; charset=utf-8")
    open_alerts = [alert for alert in book.alerts.values() if alert.is_open]
    return AlertsRef(num_open=len(open_alerts), num_undelivered=len(undelivered(book)), page_uri=uri)
