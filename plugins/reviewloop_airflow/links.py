"""Where the Airflow web server shows a page that a step has stored in the lake under ``reports/``."""

from urllib.parse import quote, urlsplit

from airflow.sdk.configuration import conf

from reviewloop.adapters.lake import s3

PREFIX = "/reviewloop"
"""Where the plugin's pages are mounted on the web server."""


def web_path(path: str) -> str:
    """``path`` on the web server, also where that lives under a path of its own (``[api] base_url``)."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/") + path


def report_url(*uris: str | None) -> str:
    """The path of the first URI that is a page of the lake's ``reports/``; empty when none is."""
    root = s3.lake_uri("")
    for uri in uris:
        if uri and uri.startswith(f"{root}reports/"):
            return web_path(f"{PREFIX}/pages/{quote(uri.removeprefix(root), safe='/=')}")
    return ""


def page_beside(report_uri: str) -> str:
    """The path of the HTML page beside a JSON report, or of the report itself where there is none; empty as ``report_url``."""
    page = report_uri.removesuffix(".json") + ".html"
    return report_url(page if s3.exists(page) else report_uri)
