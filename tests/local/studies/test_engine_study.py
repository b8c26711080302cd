"""The study finds a way that says something else."""

import pytest

from reviewloop.core.delivery import parsing
from reviewloop_local.studies import engine_study


def test_a_fast_way_that_says_something_else_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    honest = parsing.read_cells

    def careless(column, texts, present):  # type: ignore[no-untyped-def]
        found = honest(column, texts, present)
        found.breaks[:1] |= column.field == "age"
        return found

    monkeypatch.setattr(parsing, "read_cells", careless)
    monkeypatch.setattr(engine_study, "GX_ONE_IN", 1000)
    assert engine_study.main(["--tables", "12"]) == 1
    assert "parsed otherwise" in capsys.readouterr().out
