"""The documents say what is there: their links, places, commands and names exist, and the front door stays short."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "findings").glob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
PLACE = re.compile(r"`((?:include|plugins|dags|tests|docs|deploy|scripts|findings)/[\w./-]*)(?::\w+)?`")
ROOM = re.compile(r"`((?:core|pages|models|training|adapters|steps|serving|config|refs)/[\w./-]*)(?::\w+)?`")
TARGET = re.compile(r"`make ([a-z-]+)")
MODULE = re.compile(r"`(?:python -m )?(reviewloop(?:_local|_airflow)?(?:\.\w+)+)")
MAX_README_LINES = 150


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the page's headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_there_are_documents():
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "architecture.md", "operations.md"} <= {page.name for page in PAGES}


def test_the_front_door_is_short():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= MAX_README_LINES, f"README.md: {len(lines)} lines, at most {MAX_README_LINES}: details belong into docs/"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text()):
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{page.name}: link to {target}, which is not there"
        assert not anchor or anchor in anchors(found), f"{page.name}: {target or page.name} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_places_named_are_there(page):
    if page.name == "CHANGELOG.md":  # it tells of what is gone, too
        return
    text = page.read_text()
    package = ROOT / "include" / "reviewloop"
    for place in PLACE.findall(text):
        assert (ROOT / place).exists(), f"{page.name}: {place} is not there"
    for place in ROOM.findall(text):
        assert any((root / place).exists() for root in (package, package / "adapters" / "jobs")), (
            f"{page.name}: {place} is not there"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_named_are_there(page):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(page.read_text())) <= known, f"{page.name}: no such target in the Makefile"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_modules_named_are_there(page):
    for dotted in MODULE.findall(page.read_text()):
        assert resolves(dotted), f"{page.name}: {dotted} is no module of ours, nor a name in one"


def resolves(dotted: str) -> bool:
    """Whether ``dotted`` is a module, or the part before its last dot is one whose source has that name."""
    if dotted.startswith("reviewloop.refs.") or _spec(dotted):
        return True
    parent, _, name = dotted.rpartition(".")
    spec = _spec(parent)
    return bool(spec and spec.origin and re.search(rf"^(def |class )?{name}\b", Path(spec.origin).read_text(), re.MULTILINE))


def _spec(dotted: str) -> "importlib.machinery.ModuleSpec | None":
    try:
        return importlib.util.find_spec(dotted)
    except ModuleNotFoundError:
        return None


def test_the_checks_of_this_file_bite(tmp_path):
    assert not resolves("reviewloop.core.gate_page")
    assert not resolves("reviewloop_local.stack.environment.NOTHING")
    assert resolves("reviewloop_local.stack.environment.THREADS")
    assert LINK.findall("[a](docs/none.md#x)") == [("docs/none.md", "x")]
    assert PLACE.findall("`include/none.py:name`") == ["include/none.py"]
