"""``python -m reviewloop trace`` and its exit status."""

import json
import os
import subprocess
import sys

import pytest
from tests.helpers.storied import Told, tell

from reviewloop.adapters.lake import s3
from reviewloop.core.lineage.links import Link, Trace, in_words
from reviewloop.trace import main


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return tell(monkeypatch, num=3, num_days=2)


def test_a_whole_story_is_0_and_one_that_lacks_a_link_is_1(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "version 1"
    assert main(["1", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {link["what"] for link in found["links"]} >= {"version", "files", "gates", "approval", "data", "delivery", "code"}
    del told.world.objects[s3.split_uri(f"{told.of('promoted').source}/_manifest.json")[1]]
    assert main(["1"]) == 1
    assert capsys.readouterr().out.endswith("not complete: files missing\n")


def test_a_mistake_is_one_line(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    for subject, line in (("77", "trace: the ledger knows no version 77; it knows 1 to 2 (2)\n"), ("a/b", "is not DAY/ID")):
        assert main([subject]) == 1
        assert line in capsys.readouterr().err
    assert main(["request:ab", "--day", "2026-1-5"]) == 1
    assert capsys.readouterr().err == "--day: '2026-1-5' is not a date; write it as YYYY-MM-DD\n"


def test_a_name_that_people_gave_moves_no_cursor() -> None:
    text = in_words(Trace("person x", (Link("act", "rejected by \x1b[2Jeve\u202e\nversion 9"),)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 3


def test_a_trace_loads_no_library_that_takes_longer_than_it() -> None:
    heavy = {"numpy", "pandas", "pyarrow", "mlflow", "torch"}
    code = f"import sys, reviewloop.adapters.lineage.tracing; print({heavy} & set(sys.modules))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
