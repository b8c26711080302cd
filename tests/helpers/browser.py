"""A real browser, without a window."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from tests.helpers.needed import program


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium; ``CHROMIUM`` names another one than that on the path. Gone with the test: its event loop lets no other begin."""
    chromium = os.environ.get("CHROMIUM") or program("chromium", "google-chrome")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def heard(page: Any, port: int) -> list[str]:
    """Filled with whatever the page complains of, and with every address beside ``port`` of this machine that it asks for."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))

    def asked(request: Any) -> None:
        if not request.url.startswith((f"http://127.0.0.1:{port}/", "data:", "blob:")):
            told.append(request.url)

    page.on("request", asked)
    return told
