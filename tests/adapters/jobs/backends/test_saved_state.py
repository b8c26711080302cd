from pathlib import Path

import pytest

from reviewloop.adapters.jobs.backends.saved_state import SavedState
from reviewloop.adapters.lake import artifacts, s3

pytestmark = pytest.mark.contract


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def uri(lake: str) -> str:
    return s3.lake_uri("state")


def test_another_machine_gets_the_newest_checkpoint_and_all_around_it(tmp_path: Path, uri: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    state = SavedState(here, uri)
    state.restore()
    put(here / "checkpoints" / "step-00000001", weights="old")
    put(here / "checkpoints" / "step-00000002", weights="new")
    put(here / "checkpoints" / ".step-00000003.tmp", weights="half")
    put(here / "epoch-0", model="best")
    (here / "metrics.jsonl").write_text("{}\n")
    state.save()

    SavedState(there, uri).restore()
    found = files(there)
    assert found["checkpoints/step-00000002/weights"] == "new"
    assert found["epoch-0/model"] == "best"
    assert found["metrics.jsonl"] == "{}\n"
    assert not [name for name in found if "00000001" in name or "00000003" in name]


def test_only_a_new_checkpoint_is_copied_and_only_the_newest_copy_kept(tmp_path: Path, uri: str) -> None:
    state = SavedState(tmp_path / "here", uri)
    state.restore()
    state.save()
    assert not list(s3.list_uris(uri)), "nothing to go on from yet"
    for step in (1, 2, 3):
        put(tmp_path / "here" / "checkpoints" / f"step-{step:08d}", weights=str(step))
        state.save()
        state.save()
    manifests = [name for name in s3.list_uris(uri) if name.endswith(artifacts.MANIFEST)]
    assert manifests == [f"{uri}/00000003/{artifacts.MANIFEST}"]


def test_several_seeds_each_keep_their_newest(tmp_path: Path, uri: str) -> None:
    state = SavedState(tmp_path / "here", uri)
    state.restore()
    for seed in (1, 2):
        put(tmp_path / "here" / f"seed-{seed}" / "checkpoints" / "step-00000005", weights=str(seed))
    state.save()
    SavedState(tmp_path / "there", uri).restore()
    assert set(files(tmp_path / "there").values()) == {"1", "2"}


def test_a_copy_that_was_cut_short_is_not_gone_on_from(tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state = SavedState(tmp_path / "here", uri)
    state.restore()
    put(tmp_path / "here" / "checkpoints" / "step-00000001", weights="1")
    state.save()
    put(tmp_path / "here" / "checkpoints" / "step-00000002", weights="2")

    def killed(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(s3, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            state.save()
    there = SavedState(tmp_path / "there", uri)
    there.restore()
    assert files(tmp_path / "there") == {"checkpoints/step-00000001/weights": "1"}
    put(tmp_path / "there" / "checkpoints" / "step-00000003", weights="3")
    there.save()
    SavedState(tmp_path / "third", uri).restore()
    assert files(tmp_path / "third") == {"checkpoints/step-00000003/weights": "3"}
