"""Several processes are asked for one piece of work: one does it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewloop.adapters.lake import claims, once, places, s3

pytestmark = pytest.mark.contract
PROGRAM = """
import sys, time
from pathlib import Path
from reviewloop.adapters.lake import once, places, s3

made, log = s3.lake_uri("made.json"), Path(sys.argv[1])

def make():
    with log.open("a") as sink:
        sink.write("made ")
    time.sleep(1)
    s3.write_json(made, "it")
    return "it"

print(once.once(places.making("work", "ab" * 32), lambda: s3.read_json(made) if s3.exists(made) else None, make))
"""


@pytest.fixture
def claim(lake: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(once, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(once, "LOST_SECONDS", 1.5)
    return places.making("work", "cd" * 32)


def test_two_processes_at_once_make_it_once(lake: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    both = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(log)], env=dict(os.environ), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["it", "it"]
    assert log.read_text() == "made "
    assert claims.read(places.making("work", "ab" * 32)) is None, "the claim is given back"


def test_what_is_there_is_not_made(claim: str) -> None:
    assert once.once(claim, lambda: "there", lambda: pytest.fail("made again")) == "there"


def test_a_holder_that_is_gone_is_followed_and_one_that_lives_is_waited_for(claim: str) -> None:
    dead = claims.take(claim)
    assert dead is not None
    begun = time.monotonic()
    assert once.once(claim, lambda: None, lambda: "made") == "made"
    assert time.monotonic() - begun > once.LOST_SECONDS

    made: list[str] = []

    def slowly() -> str:
        time.sleep(1.5 * once.LOST_SECONDS)
        made.append("first")
        return "first"

    first = threading.Thread(target=lambda: once.once(claim, lambda: None, slowly))
    first.start()
    while claims.read(claim) is None:
        time.sleep(0.01)
    assert once.once(claim, lambda: made[0] if made else None, lambda: "second") == "first"
    first.join()


def test_of_one_that_raises_the_next_one_starts_anew(claim: str) -> None:
    def broken() -> str:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        once.once(claim, lambda: None, broken)
    begun = time.monotonic()
    assert once.once(claim, lambda: None, lambda: "made") == "made"
    assert time.monotonic() - begun < once.LOST_SECONDS, "nobody has to be waited for"


def test_a_holder_that_stood_still_gives_back_nobody_elses_claim(claim: str) -> None:
    def overtaken() -> str:
        while (held := claims.read(claim)) is None or claims.update(held, by="another") is None:
            pass  # a beat came between the two
        time.sleep(5 * once.BEAT_SECONDS)
        return "late"

    assert once.once(claim, lambda: None, overtaken) == "late"
    still = claims.read(claim)
    assert still is not None
    assert still.note == {"by": "another"}


def test_what_was_made_between_the_look_and_the_claim_is_taken(claim: str) -> None:
    looks: list[Callable[[], str | None]] = [lambda: None, lambda: "theirs"]
    assert once.once(claim, lambda: looks.pop(0)(), lambda: pytest.fail("made twice")) == "theirs"
    assert not s3.exists(claim)
