"""What reviewloop adds to Airflow's web interface; the one file that Airflow's plugin loader sees."""

from typing import Any

from airflow.plugins_manager import AirflowPlugin
from airflow.providers.openlineage import conf as openlineage

from reviewloop_airflow.links import PREFIX, web_path


class ReviewloopPlugin(AirflowPlugin):
    """The home of the loop, with all reports behind it, and the ledger: entries in the navigation, and the pages themselves."""

    name = "reviewloop"
    external_views = [  # noqa: RUF012 (Airflow's attribute)
        {
            "name": "Loop",  # the navigation cuts long names off
            "href": web_path(f"{PREFIX}/"),
            "destination": "nav",
            "url_route": "reviewloop",
        },
        {
            "name": "Ledger",
            "href": web_path(f"{PREFIX}/ledger"),
            "destination": "nav",
            "url_route": "reviewloop-ledger",
        },
    ]

    if not openlineage.is_disabled():
        from reviewloop_airflow import lineage_ends

        listeners = [lineage_ends]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Asked for by the web server alone; every other process of Airflow loads this plugin without it."""
        from reviewloop_airflow.pages import MOUNT

        return [MOUNT]
