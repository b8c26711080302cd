"""Turns between processes, with contenders that only pretend to train."""

import os
import sys
from collections.abc import Callable

import psutil
import pytest
from tests.helpers.benched import make_recipe

from reviewloop_local.bench import race as racing
from reviewloop_local.bench.contenders import Contender
from reviewloop_local.bench.race import ContenderFailed, race, run_program
from reviewloop_local.stack.environment import THREADS

PRETENDER = """
import json, pathlib, sys
journal, name, num_turns = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for turn in range(num_turns):
    with journal.open("a") as sink:
        sink.write(name)
    print(json.dumps({"seconds": 0.5 + turn, "num_tokens": 40, "num_read": 64, "memory_mb": 5.0}), flush=True)
    if not sys.stdin.readline():
        sys.exit(0)
if name == "x":
    sys.exit("boom: no memory left")
print(json.dumps({"finished": True}), flush=True)
"""


@pytest.fixture
def recipe(tmp_path):
    return make_recipe(tmp_path)


@pytest.fixture
def journal(recipe, monkeypatch):
    """Contenders ``NAME`` whose program is the number of turns they take; the file in which they write their turns."""
    path = recipe.folder / "journal"

    def command(program, _recipe, *names):
        return [sys.executable, "-c", PRETENDER, str(path), *names, program]

    monkeypatch.setattr(racing, "command", command)
    return path


def pretenders(names: str, num_turns: int) -> list[Contender]:
    return [Contender(name, name, str(num_turns)) for name in names]


def ignore(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture
def left_over() -> Callable[[], set[psutil.Process]]:
    """What runs below this process that did not when the test began: servers of other tests may."""

    def running() -> set[psutil.Process]:
        return {child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}

    before = running()
    return lambda: running() - before


def test_contenders_take_turns_until_all_have_finished(recipe, journal):
    rounds = []
    laps = race(pretenders("abc", 3), recipe, lambda number, laps: rounds.append((number, len(laps["a"].turns))))
    assert journal.read_text() == "abcabcabc"
    assert rounds == [(1, 1), (2, 2), (3, 3), (4, 3)]
    for lap in laps.values():
        assert lap.finished
        assert [turn.seconds for turn in lap.turns] == [0.5, 1.5, 2.5]
        assert [turn.seconds for turn in lap.measured] == [1.5, 2.5]
        assert 0 < lap.warm_up_seconds < lap.seconds


def test_who_has_fewer_turns_leaves_the_others_to_finish(recipe, journal):
    laps = race([*pretenders("a", 1), *pretenders("b", 3)], recipe, ignore)
    assert journal.read_text() == "abbb"
    assert [len(lap.turns) for lap in laps.values()] == [1, 3]


def test_rounds_can_be_limited_and_nobody_is_left_running(recipe, journal, left_over):
    laps = race(pretenders("ab", 9), recipe, ignore, num_rounds=2)
    assert journal.read_text() == "abab"
    assert not any(lap.finished for lap in laps.values())
    assert not left_over()


def test_who_fails_stops_the_race_with_the_end_of_its_log(recipe, journal, left_over):
    with pytest.raises(ContenderFailed, match=r"x failed; its log, .*x/log, ends:\nboom: no memory left"):
        race([*pretenders("a", 9), *pretenders("x", 1)], recipe, ignore)
    assert not left_over()


def test_a_tolerant_race_goes_on_without_it(recipe, journal):
    laps = race([*pretenders("a", 3), *pretenders("x", 1)], recipe, ignore, tolerant=True)
    assert laps["a"].finished
    assert laps["x"].failure == "boom: no memory left"
    assert journal.read_text() == "axaa"


def test_an_interrupted_race_leaves_nobody_running(recipe, journal, left_over):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        race(pretenders("ab", 9), recipe, interrupt)
    assert not left_over()


def test_a_program_says_what_was_wrong_with_it_or_nothing(recipe, monkeypatch):
    monkeypatch.setattr(racing, "command", lambda program, *_: [sys.executable, "-c", program])
    assert run_program("pass", recipe) == ""
    assert run_program("import sys; sys.exit('no such model')", recipe).endswith("no such model")
    assert run_program("import os; os._exit(7)", recipe) == "exit status 7"


def test_every_contender_is_given_the_same_environment(recipe, monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    env = racing.environment(recipe)
    assert env["GOMP_SPINCOUNT"] == THREADS["GOMP_SPINCOUNT"]
    assert "HF_HUB_OFFLINE" not in env, "a model of the hub may have to be fetched"
    assert env["PATH"] == os.environ["PATH"]
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    assert racing.environment(recipe)["GOMP_SPINCOUNT"] == "7", "the user's own word counts"
    assert racing.environment(make_recipe(recipe.folder, base_model=str(recipe.folder)))["HF_HUB_OFFLINE"] == "1"
