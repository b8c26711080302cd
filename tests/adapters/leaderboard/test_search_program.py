"""Trials of one kind: what comes to nothing fails its own trial, with the reason, and no other."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from reviewloop.adapters.jobs.process import RESULT
from reviewloop.adapters.leaderboard import search_program, study
from reviewloop.adapters.leaderboard.search_program import SearchJob
from reviewloop.adapters.leaderboard.study import Found
from reviewloop.core.leaderboard.nested import parts
from reviewloop.models.learners.protocol import Fitted, Learner, Span

PLACE = np.arange(90)
ROWS = pd.DataFrame({"title": None, "text": [f"text {one}" for one in PLACE], "label": PLACE // 3 % 3, "fold": PLACE % 3})
WONDERFUL = Fitted(lambda rows: np.tile([0.1, 0.1, 0.8], (len(rows), 1)), lambda: 1)


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Found]]:
    """What two trials of a kind that learns so came to in each part."""
    monkeypatch.setattr(study, "settings", lambda: SimpleNamespace(search_url="", work_dir=tmp_path))

    def run(fit: Callable[..., Fitted], rows: pd.DataFrame = ROWS) -> dict[str, Found]:
        learner = Learner("kind", "", fit, space={"care": Span(0.3, 0.0, 1.0)})
        monkeypatch.setattr(search_program, "learner_of", lambda table, name: learner)
        store = study.storage()
        names = {part: study.name_of("key", "kind", part) for part in parts(3)}
        for name in names.values():
            study.plan(store, name, learner.defaults(), 2, 1e12)
        rows.to_parquet(tmp_path / "rows.parquet")
        file, shared = str(tmp_path / "rows.parquet"), str(tmp_path)
        search_program.run(tmp_path, SearchJob("", "kind", file, shared, 1, 60.0, "key", first=0, stop=2))
        assert (tmp_path / RESULT).exists()
        return {part: study.found(store, name) for part, name in names.items()}

    return run


def test_a_trial_that_raises_stops_no_other(ended):
    def fit(known, labels, weights, seed, care):
        if care == 0.3:
            raise RuntimeError("the planted fault\nand a second line")
        return WONDERFUL

    for found in ended(fit).values():
        assert (found.ended, found.reasons) == ({"fail": 1, "complete": 1}, ("RuntimeError: the planted fault",))
        assert found.settings["care"] != 0.3


def test_a_mark_that_is_no_number_fails_its_trial(ended, monkeypatch):
    monkeypatch.setattr(search_program, "weights_of", lambda labels, config: np.ones(len(labels)))
    rare = ROWS[(ROWS["label"] > 0) | (ROWS["fold"] == 0)]
    found = ended(lambda known, labels, weights, seed, care: WONDERFUL, rare)
    assert found["0"].ended == {"fail": 2}
    assert found["0"].reasons == ("macro-F1 is nan after 1 folds",)
    assert found["1"].ended == {"complete": 2}
