from types import SimpleNamespace

import numpy as np
import pytest

from reviewloop.adapters.release.champion import Champion
from reviewloop.errors import PermanentError, TransientError
from reviewloop.serving import champion as room
from reviewloop.serving.champion import ChampionFollower


class Registry:
    """A registry and a model store at the edge. ``columns`` is how many probabilities a model gives."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.digest = "d"
        self.disagreement: str | None = None
        self.error: Exception | None = None
        self.columns = {"1": 3, "2": 3, "3": 2}
        self.fetched: list[str] = []

    def answering(self) -> Champion | None:
        if self.error:
            raise self.error
        return Champion(self.version, f"s3://lake/{self.version}", self.digest, {}, self.disagreement) if self.version else None

    def fetch(self, uri: str, digest: str) -> SimpleNamespace:
        version = uri[-1]
        self.fetched.append(version)
        reader = SimpleNamespace(prepare=list, answer=lambda items: np.full((len(items), self.columns[version]), 1 / 3))
        return SimpleNamespace(kind="baseline", reader=reader)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = Registry()
    monkeypatch.setattr(room, "answering", found.answering)
    monkeypatch.setattr(room, "fetch_predictor", found.fetch)
    return found


def test_before_the_first_release_the_reason_is_given(registry: Registry) -> None:
    follower = ChampionFollower(60)
    follower.refresh()
    assert follower.current is None
    assert "no champion" in str(follower.problem)


def test_the_champion_is_loaded_once_and_a_new_one_takes_over(registry: Registry) -> None:
    follower = ChampionFollower(60)
    for version in ("1", "1", "2"):
        registry.version = version
        follower.refresh()
    assert follower.current is not None
    assert (follower.current.version, follower.problem, registry.fetched) == ("2", None, ["1", "2"])


@pytest.mark.parametrize("error", [TransientError("MLflow is away"), PermanentError("refused"), RuntimeError("bug")])
def test_the_old_champion_goes_on_while_the_registry_fails(registry: Registry, error: Exception) -> None:
    follower = ChampionFollower(60)
    registry.version = "1"
    follower.refresh()
    registry.error = error
    follower.refresh()
    assert follower.current is not None
    assert (follower.current.version, follower.problem) == ("1", f"the champion could not be loaded: {error}")


def test_a_model_that_gives_the_wrong_shape_never_takes_over(registry: Registry) -> None:
    follower = ChampionFollower(60)
    for version in ("1", "3"):
        registry.version = version
        follower.refresh()
    assert follower.current is not None
    assert follower.current.version == "1"
    assert "version 3 gave no probabilities" in str(follower.problem)
    registry.version = "2"
    follower.refresh()
    assert (follower.current.version, follower.problem) == ("2", None)


def test_an_alias_that_says_otherwise_is_told_and_moves_nothing(registry: Registry) -> None:
    follower = ChampionFollower(60)
    registry.version, registry.disagreement = "1", "the alias names version 7"
    for _ in range(2):
        follower.refresh()
        assert follower.current is not None
        assert (follower.current.version, follower.problem) == ("1", "the alias names version 7")


def test_the_same_number_with_other_files_is_another_model(registry: Registry) -> None:
    follower = ChampionFollower(60)
    registry.version = "1"
    follower.refresh()
    registry.digest = "e"
    follower.refresh()
    assert follower.current is not None
    assert (follower.current.digest, registry.fetched) == ("e", ["1", "1"])
