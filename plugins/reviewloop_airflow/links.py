"""Where the Airflow web server shows a page that a step has stored in the lake under ``reports/``."""

from urllib.parse import quote, urlsplit

from airflow.sdk.configuration import conf

from reviewloop.adapters.lake import places, s3

PREFIX = "/reviewloop"
"""Where the plugin's pages are mounted on the web server."""


def web_path(path: str) -> str:
    """``path`` on the web server, also where that lives under a path of its own (``[api] base_url``)."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/") + path


def run_url(dag_id: str, run_id: str) -> str:
    """The path of a DAG run's own page."""
    return web_path(f"/dags/{dag_id}/runs/{quote(run_id, safe='')}")


def report_url(*uris: str | None) -> str:
    """The path of the first URI that is a page of the lake's ``reports/``; empty when none is."""
    for uri in uris:
        if uri and uri.startswith(places.reports("")):
            _, key = s3.split_uri(uri)
            return web_path(f"{PREFIX}/pages/{quote(key, safe='/=')}")
    return ""
