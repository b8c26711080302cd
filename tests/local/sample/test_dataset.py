"""Whatever takes the made-up reviews says in one line that a profile is of another dataset."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.helpers.gadget_shop import add_dataset

from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop_local.errors import LocalError
from reviewloop_local.loop import drift_demo
from reviewloop_local.loop.replay import reviews
from reviewloop_local.sample.dataset import DATASET, require_dataset
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports
from reviewloop_local.stack.stack import Stack
from reviewloop_local.studies import dialect_study, gate_study, quality_study

LINE = f"REVIEWLOOP_PROFILE: gadgets is of the dataset gadget_shop, and the made-up reviews are of {DATASET}; "


@pytest.fixture
def another_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REVIEWLOOP_CONFIG_DIR", str(add_dataset(tmp_path / "config")))
    monkeypatch.setenv("REVIEWLOOP_PROFILE", "gadgets")
    settings.cache_clear()
    load_config.cache_clear()
    yield
    settings.cache_clear()
    load_config.cache_clear()


def test_their_own_dataset_is_let_through() -> None:
    require_dataset("x")


@pytest.mark.usefixtures("another_dataset")
def test_a_run_without_a_file_asks_for_one() -> None:
    with pytest.raises(LocalError, match=f"^{LINE}give a file of its reviews: make run CSV="):
        reviews("")


@pytest.mark.usefixtures("another_dataset")
def test_a_drifted_day_is_refused_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_demo, "enter", lambda stack: None)
    monkeypatch.setattr(drift_demo, "open_stack", lambda *_: pytest.fail("the stack was started"))
    with pytest.raises(LocalError, match=f"^{LINE}deliver a drifted day of its own: make deliver FILE="):
        drift_demo.drift(Stack(Home(tmp_path), Ports()))


@pytest.mark.usefixtures("another_dataset")
@pytest.mark.parametrize("main", [gate_study.main, dialect_study.main])
def test_a_study_on_them_is_refused(main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert f"error: {LINE}" in capsys.readouterr().err


@pytest.mark.usefixtures("another_dataset")
def test_the_quality_study_asks_for_reviews_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert quality_study.main([]) == 1
    assert capsys.readouterr().err == f'reviewloop: {LINE}give reviews of your own: CSV="file"\n'
