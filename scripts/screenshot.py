"""Pictures for the README, of the running stack's Airflow: ``.venv/bin/python scripts/screenshot.py [CHROMIUM]``.

Takes the newest finished run of ``sentiment_train``, logs in as a person would, and photographs its graph.
"""

import os
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from reviewloop_local.loop.airflow_api import AirflowApi
from reviewloop_local.stack.stack import stack_here

DOCS = Path(__file__).resolve().parents[1] / "docs"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def log_in(page: Page, url: str, password: str) -> None:
    """Through the log-in page, so that the session is a person's."""
    page.goto(f"{url}/auth/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda now: "/auth/" not in now)


def main() -> None:
    """The graph of the newest finished training run."""
    stack = stack_here()
    url, password = stack.ports.airflow_url, stack.home.secrets()["admin_password"]
    finished = [run for run in AirflowApi(url, password).runs(["sentiment_train"]) if run.state == "success"]
    if not finished:
        sys.exit("no finished run of sentiment_train: `make run` first")
    DOCS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 900}, device_scale_factor=1)
        log_in(page, url, password)
        page.goto(f"{url}/dags/sentiment_train/runs/{quote(finished[-1].run_id, safe='')}")
        page.click("button[value=graph]")
        page.wait_for_selector(".react-flow__node", timeout=60_000)
        page.click("button[aria-label='Collapse Details Panel']")
        page.wait_for_timeout(1000)
        page.click(".react-flow__controls-fitview")
        page.wait_for_timeout(3000)  # the graph is laid out and fitted
        page.screenshot(path=DOCS / "sentiment_train.png")
        browser.close()


if __name__ == "__main__":
    main()
