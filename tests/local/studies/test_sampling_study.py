import pytest

from reviewloop_local.studies import sampling_study
from reviewloop_local.studies.sampling_study import DESIGNS, main, naive_merge, uniform_p


def test_it_prints_every_design_and_what_a_naive_merge_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--draws", "300"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("300 draws of 10 of 50 rows: chi-square p of the probabilities (at least 0.001)\n")
    assert all(f"  {name} " in told for name in DESIGNS)
    assert "two days' reservoirs merged half and half" in told


def test_a_design_that_breaks_its_promise_fails_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert uniform_p(naive_merge, range(150)) < 0.001
    monkeypatch.setattr(sampling_study, "DESIGNS", {"reservoir": naive_merge})
    assert main(["--draws", "150"]) == 1
