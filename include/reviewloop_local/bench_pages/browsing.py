"""Pages as a browser sees them: a server with the policy of the real one, Chromium, and the seconds until the plots are there."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reviewloop.pages import kit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPTS: Final = ("plotly.js", "charts.js")
_VISITS: Final = 3
"""Of a page again, of which the median counts."""
_PATIENCE_MS: Final = 60_000
_IN_SIGHT: Final = """() => {
  const near = [...document.querySelectorAll('[data-chart]')].filter(one => one.getBoundingClientRect().top < innerHeight);
  return near.length > 0 && near.every(one => one.dataset.drawn);
}"""


@contextmanager
def served(pages: Mapping[str, str]) -> Iterator[str]:
    """The address of a server with the pages, by name, and their scripts."""
    bodies = {f"/{name}": (page.encode(), "text/html; charset=utf-8") for name, page in pages.items()}
    for name, script in zip(SCRIPTS, (kit.PLOTLY.read_bytes(), (kit.TEMPLATES / "charts.js").read_bytes()), strict=True):
        bodies[f"/{name}"] = (script, "text/javascript")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body, kind = bodies.get(self.path, (b"", "text/plain"))
            kept = "public, max-age=31536000, immutable" if kind == "text/javascript" else "no-cache"
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", kept)
            self.send_header("Content-Security-Policy", kit.CHARTED_POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def chromium() -> "Iterator[Browser]":
    """The browser; ``CHROMIUM`` names another one than Debian's."""
    # Of the tests' requirements and not of the product's: whoever runs this has them (`make bench-pages`).
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def seconds_to_plots(browser: "Browser", address: str) -> tuple[float, float]:
    """From the address to the last plot in sight: by a browser that was never here, and asked again (the median)."""
    tab = browser.new_context(viewport={"width": 1500, "height": 900}).new_page()
    seconds = []
    for _ in range(1 + _VISITS):
        tab.goto(address)
        tab.wait_for_function(_IN_SIGHT, timeout=_PATIENCE_MS)
        seconds.append(float(tab.evaluate("performance.now()")) / 1000)
    tab.context.close()
    return seconds[0], sorted(seconds[1:])[_VISITS // 2]


def photograph(browser: "Browser", address: str, names: Sequence[str], folder: Path) -> None:
    """Every page with all its plots, light and dark, 1500 and 420 wide."""
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width in (1500, 420):
            tab = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme).new_page()
            for name in names:
                tab.goto(f"{address}/{name}")
                for place in tab.locator("[data-chart]").all():
                    place.scroll_into_view_if_needed()
                    place.locator("svg.main-svg").first.wait_for(state="attached", timeout=_PATIENCE_MS)
                tab.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
            tab.context.close()
