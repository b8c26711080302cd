"""A person sets how much the loop decides by itself."""

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.steps.release.set_automation import set_automation


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    shipped = load_config("aws").release.model_copy(update={"automation": "partial", "approvers": ("ada",)})
    monkeypatch.setattr(present, "release_now", lambda: shipped)
    return enter(World(), monkeypatch)


def test_it_is_lowered_at_once_by_anybody_and_raised_by_who_may_approve() -> None:
    told = set_automation("human_only", "eve", "look at version 3")
    assert told.startswith("human_only: a person decides, and the loop has no opinion (ledger, event 1; it was partial)")
    assert present.level(ledger.read()) == "human_only"
    event = ledger.read()[-1]
    assert (event.by, event.facts) == (
        "person:eve", {"level": "human_only", "before": "partial", "reason": "look at version 3"},
    )  # fmt: skip
    with pytest.raises(Refused, match="by: 'eve' is none of the approvers"):
        set_automation("partial", "eve", "all is well")
    set_automation("partial", "ada", "all is well")
    assert present.level(ledger.read()) == "partial"


def test_nobody_goes_above_the_configuration() -> None:
    with pytest.raises(Refused, match=r"level: full is above partial, the highest of this configuration \(release.automation\)"):
        set_automation("full", "ada", "why not")
    with pytest.raises(Refused, match="level: 'auto' is none of human_only, shadow, assisted, partial, full"):
        set_automation("auto", "ada", "why not")


def test_it_needs_a_person_and_a_reason_and_a_change() -> None:
    with pytest.raises(Refused, match="reason: is empty"):
        set_automation("shadow", "ada", " ")
    with pytest.raises(PermanentError, match="names nobody"):
        set_automation("shadow", " ", "x")
    with pytest.raises(NothingToDo, match="the level is partial already"):
        set_automation("partial", "ada", "x")
    assert ledger.read() == ()


def test_the_configuration_is_read_again_where_a_file_of_it_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import shutil

    from reviewloop.settings import settings

    monkeypatch.undo()
    folder = tmp_path_factory.mktemp("config")
    shutil.copytree(settings().config_dir, folder / "config")
    monkeypatch.setenv("REVIEWLOOP_CONFIG_DIR", str(folder / "config"))
    settings.cache_clear()
    assert present.release_now().automation == load_config("test").release.automation == "full"
    profile = folder / "config" / "profiles" / "test.yaml"
    profile.write_text(profile.read_text().replace("automation: full", "automation: shadow"))
    assert present.release_now().automation == "shadow", "a process that has read it before sees it lowered"
    monkeypatch.undo()
    settings.cache_clear()
