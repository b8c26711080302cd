"""``python -m reviewloop``: every step by hand."""

import io
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from reviewloop.__main__ import in_terminal, main, parse_value, summaries
from reviewloop.errors import DataRejected, NothingToDo
from reviewloop.refs import DeliveryRef
from reviewloop.settings import settings

ROOT = Path(__file__).resolve().parents[1]
REF = DeliveryRef(day="2026-01-02", uri="s3://lake/raw", digest="ab" * 32, num_bytes=7)


def parse(delivery: DeliveryRef, times: int = 1, day: str | None = None, how: str = "", known_at: str = "") -> DeliveryRef:
    """Grow a delivery.

    More about it.
    """
    if how == "empty":
        raise NothingToDo("no rows today")
    if how == "bad":
        raise DataRejected("quality", "rating: 3 rows out of 1 to 5")
    if how == "interrupted":
        raise KeyboardInterrupt
    return delivery.model_copy(update={"num_bytes": delivery.num_bytes * times, "day": day or delivery.day})


@pytest.fixture(autouse=True)
def step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step ``parse`` of this test, in place of the product's own."""
    module = types.ModuleType("reviewloop.steps.ingest.parse")
    module.parse = parse
    monkeypatch.setitem(sys.modules, "reviewloop.steps.ingest.parse", module)


def test_every_step_is_listed_with_the_first_line_of_its_docstring(capsys):
    files = {path.stem for path in (ROOT / "include" / "reviewloop" / "steps").rglob("[!_]*.py")}
    assert set(summaries()) == files
    assert all(summaries().values())
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in files)


def test_listing_the_steps_imports_nothing_heavy():
    code = (
        "import sys; from reviewloop.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print('HEAVY', sorted({'pandas', 'numpy', 'boto3', 'torch', 'mlflow'} & set(sys.modules)))"
    )
    env = {"PYTHONPATH": str(ROOT / "include")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_the_help_of_a_step_shows_its_parameters(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["parse", "--help"])
    shown = capsys.readouterr().out
    assert "Grow a delivery." in shown
    assert "DeliveryRef" in shown
    assert "int, default 1" in shown


@pytest.mark.parametrize("way", ["text", "file", "stdin"])
def test_a_ref_goes_in_as_json_and_comes_out_as_json(way, tmp_path, monkeypatch, capsys):
    text = REF.model_dump_json()
    (tmp_path / "ref.json").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    value = {"text": text, "file": f"@{tmp_path}/ref.json", "stdin": "-"}[way]
    assert main(["parse", "--delivery", value, "--times", "3"]) == 0
    assert DeliveryRef.model_validate_json(capsys.readouterr().out).num_bytes == 21


def test_nothing_to_do_is_no_failure_and_leaves_standard_output_empty(capsys):
    assert main(["parse", "--delivery", REF.model_dump_json(), "--how", "empty"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("nothing to do: no rows today\n")


def test_a_refusal_is_one_line_and_exit_status_1(capsys):
    assert main(["parse", "--delivery", REF.model_dump_json(), "--how", "bad"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "parse: DataRejected: quality: rating: 3 rows out of 1 to 5"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nosuch"], "invalid choice: 'nosuch'"),
        (["parse"], "--delivery"),
        (["parse", "--delivery", "@/no/such/file"], "--delivery: @/no/such/file: No such file"),
        (["parse", "--delivery", json.dumps({"day": "x"})], "uri: Field required"),
        (
            ["parse", "--delivery", REF.model_dump_json(), "--times", "many"],
            "--times: value: Input should be a valid integer",
        ),
        (["parse", "--delivery", REF.model_dump_json(), "--times", "many"], "(found 'many')"),
        (["parse", "--delivery", "[1"], "--delivery: value: Invalid JSON"),
        (["parse", "--delivery", "today"], "(found 'today')"),
        (["parse", "--delivery", REF.model_dump_json(), "--wrong", "1"], "--wrong"),
        (["parse", "--delivery", REF.model_dump_json(), "--day", "2026-1-5"], "--day: '2026-1-5' is not a date; write it as YYYY"),
        (["parse", "--delivery", REF.model_dump_json(), "--known-at", "today"], "--known-at: 'today' is no time; write it as 2026"),
        (["parse", "--delivery", "{}", "--how", "J\udcf6rg"], r"argument 5, 'J\udcf6rg': is not UTF-8; set the terminal to UTF-8"),
        (["query", "SELECT '\udcff'"], "is not UTF-8; set the terminal to UTF-8"),
    ],
)
def test_a_misuse_names_what_is_wrong_and_exits_with_2(arguments, named, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("annotation", "value", "meant"),
    [(str, "2026-01-02", "2026-01-02"), (str, "7", "7"), (int | None, "7", 7), (float, "1e-4", 1e-4), (bool, "true", True),
     (dict | None, '{"version": "3"}', {"version": "3"}), (list[str], '["a"]', ["a"])],
)  # fmt: skip
def test_a_value_is_read_as_the_type_of_its_parameter(annotation, value, meant):
    assert parse_value(annotation, value) == meant


def test_a_file_that_is_not_text_is_named(tmp_path, capsys):
    (tmp_path / "ref.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(SystemExit, match="2"):
        main(["parse", "--delivery", f"@{tmp_path}/ref.json"])
    assert "ref.json: is not UTF-8 (invalid start byte); save it as UTF-8" in capsys.readouterr().err


def test_a_step_that_is_interrupted_ends_with_a_line_and_no_success(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["reviewloop", "parse", "--delivery", REF.model_dump_json(), "--how", "interrupted"])
    assert in_terminal() == 130
    assert (
        capsys.readouterr().err == "\ninterrupted; what was begun may be half done, and the same command again goes on from there\n"
    )


@pytest.mark.parametrize("arguments", [["query"], ["models"], ["retain"], ["verify"], ["land", "--day", "2026-01-05"]])
def test_a_setting_that_is_wrong_is_one_line_that_names_it(arguments, monkeypatch, capsys):
    monkeypatch.setenv("REVIEWLOOP_MODEL_CACHE_GB", "much")
    settings.cache_clear()
    try:
        assert main(arguments) == 1
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    told = "".join(capsys.readouterr())  # `verify` tells all that it finds on standard output
    assert "REVIEWLOOP_MODEL_CACHE_GB: Input should be a valid number" in told
    assert "(found 'much')" in told
    assert told.count("\n") == 1
