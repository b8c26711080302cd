"""Which modules a made-up program hangs on, and what of their text counts."""

import ast
from pathlib import Path

import pytest

from reviewloop.adapters.imports import meanings, reached, within
from reviewloop.errors import PermanentError

PROGRAM = '''"""A program."""

from typing import TYPE_CHECKING

import numpy as np

from shop import prices

if TYPE_CHECKING:
    from shop.words import Word
else:
    from shop import plain


def run() -> float:
    """Its result."""
    from shop.deep.sums import total

    return total(prices.LIST)
'''
FILES = {
    "__init__": "",
    "program": PROGRAM,
    "prices": "from shop.rates import RATE\n\nLIST = [RATE, 2.0]\n",
    "rates": "RATE = 1.5\n",
    "plain": "",
    "words": "class Word: ...\n",
    "deep/__init__": "import shop.banner\n",
    "deep/sums": "from . import rounding\nfrom ..rates import RATE\n",
    "deep/rounding": "near = round\n",
    "banner": "",
    "pages/__init__": "",
    "pages/shown": "from shop import words\n",
    "unused": "",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "shop" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def found(source: Path, *closed: str) -> set[str]:
    return set(reached(source, ["shop.program"], closed))


def test_imports_are_followed_down_inside_functions_and_not_for_types(source: Path) -> None:
    modules = ["", "program", "prices", "rates", "plain", "deep", "deep.sums", "deep.rounding", "banner"]
    assert found(source) == {f"shop.{name}".rstrip(".") for name in modules}


@pytest.mark.parametrize("line", ["import shop.pages.shown", "from shop.pages import shown", "from shop.pages.shown import *"])
def test_a_closed_room_is_not_entered_however_it_is_imported(source: Path, line: str) -> None:
    before = found(source, "shop.pages")
    (source / "shop/rates.py").write_text(f"{line}\nRATE = 1.5\n")
    assert found(source, "shop.pages") == before
    assert found(source) == before | {"shop.pages", "shop.pages.shown", "shop.words"}


@pytest.mark.parametrize("text", ["import shop.gone", "from shop.gone import one", "def run():\n    import shop.gone"])
def test_an_import_of_what_is_not_there_is_an_error_by_name(source: Path, text: str) -> None:
    (source / "shop/rates.py").write_text(text)
    with pytest.raises(PermanentError, match=r"^shop\.gone: no such module under "):
        found(source)


def test_a_start_and_a_closed_room_must_be_there(source: Path) -> None:
    with pytest.raises(PermanentError, match=r"^shop\.start: no such module"):
        reached(source, ["shop.start"])
    with pytest.raises(PermanentError, match=r"^shop\.page: no such module"):
        found(source, "shop.page")


def test_a_module_is_within_itself_and_its_packages_and_not_within_a_namesake() -> None:
    assert [within(name, ["a.b"]) for name in ("a.b", "a.b.c", "a.bc", "a")] == [True, True, False, False]


def digest(text: str) -> dict[str, str]:
    return meanings({"shop.one": ast.parse(text)})


CODE = '"""Module."""\nA = 1\n"""One."""\n\n\ndef f(x):\n    """What f does."""\n    return x + A\n'


@pytest.mark.parametrize(
    "edited",
    [
        "# why\nA = 1  # one\ndef f(x): return x + A",
        CODE.replace("What f does.", "What f is for."),
        CODE.replace("x + A", "(x\n            + A)"),
        CODE.replace('"""One."""\n', ""),
    ],
)
def test_how_it_is_written_does_not_count(edited: str) -> None:
    assert edited != CODE
    assert digest(edited) == digest(CODE)


@pytest.mark.parametrize(
    ("old", "new"), [("A = 1", "A = 2"), ("A = 1", "A = 1.0"), ("x + A", "x - A"), ("f(x)", "f(x=0)"), ("x + A", "'x' + A")]
)
def test_what_it_says_counts(old: str, new: str) -> None:
    assert digest(CODE.replace(old, new)) != digest(CODE)


def test_the_same_code_under_another_name_is_another_program() -> None:
    assert meanings({"shop.two": ast.parse(CODE)}) != digest(CODE)
