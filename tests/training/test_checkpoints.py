import json
import math
import re
import shutil
from pathlib import Path

import pytest
import torch

from reviewloop.errors import PermanentError
from reviewloop.files import write_folder, write_json, write_sizes
from reviewloop.training import checkpoints
from reviewloop.training.checkpoints import Position


def make(seed: int) -> tuple[torch.nn.Module, torch.optim.AdamW]:
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 3))
    return model, torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)


def step(model: torch.nn.Module, optimiser: torch.optim.AdamW) -> None:
    optimiser.zero_grad()
    model(torch.ones(5, 4)).square().sum().backward()
    optimiser.step()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


def test_model_optimiser_and_position_come_back(folder: Path):
    model, optimiser = make(0)
    step(model, optimiser)
    position = Position(1, loss_sum=0.1 + 0.2, stopped_by="not_finite")
    checkpoints.save(folder, position, model, optimiser)
    step(model, optimiser)

    other, other_optimiser = make(1)
    assert checkpoints.resume(folder, other, other_optimiser) == position
    step(other, other_optimiser)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_loss_that_is_no_number_comes_back_as_one(folder: Path):
    checkpoints.save(folder, Position(1, loss_sum=math.nan), *make(0))
    assert math.isnan(checkpoints.resume(folder, *make(1)).loss_sum)


def test_a_half_written_checkpoint_is_ignored(folder: Path):
    model, optimiser = make(0)
    step(model, optimiser)
    checkpoints.save(folder, Position(10), model, optimiser)
    half = folder / ".step-00000020.tmp"
    half.mkdir()
    (half / "position.json").write_text(json.dumps({"step": 20, "best_epoch": -1, "best_macro_f1": -1.0}))
    assert checkpoints.resume(folder, *make(1)).step == 10


@pytest.mark.parametrize("name", ["model.safetensors", "optimiser.safetensors", "position.json", "sizes.json"])
def test_a_checkpoint_brought_back_in_part_is_ignored_and_cleared_away(folder: Path, name: str):
    model, optimiser = make(0)
    step(model, optimiser)
    for number in (10, 20):
        checkpoints.save(folder, Position(number), model, optimiser)
    (folder / "step-00000020" / name).unlink()
    assert checkpoints.resume(folder, *make(1)).step == 10
    checkpoints.save(folder, Position(30), model, optimiser)
    assert sorted(path.name for path in folder.iterdir()) == ["step-00000010", "step-00000030"]


def test_a_checkpoint_cut_short_is_ignored(folder: Path):
    for number in (10, 20):
        checkpoints.save(folder, Position(number), *make(0))
    path = folder / "step-00000020" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert checkpoints.resume(folder, *make(1)).step == 10


def test_a_checkpoint_whose_best_epoch_has_lost_its_model_is_ignored(folder: Path):
    epoch = folder.parent / "epoch-0"
    epoch.mkdir()
    (epoch / "model.safetensors").write_bytes(b"weights")
    write_sizes(epoch)
    checkpoints.save(folder, Position(10), *make(0))
    checkpoints.save(folder, Position(20, best_epoch=0, best_macro_f1=0.5), *make(0))
    assert checkpoints.resume(folder, *make(1)).step == 20
    shutil.rmtree(epoch)
    assert checkpoints.resume(folder, *make(1)).step == 10


def test_a_checkpoint_of_another_model_is_refused_by_name(folder: Path):
    checkpoints.save(folder, Position(1), *make(0))
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 2))
    said = re.escape("1.bias is (3,) there and (2,) in this training") + ".*delete .*checkpoints to train anew"
    with pytest.raises(PermanentError, match=said):
        checkpoints.resume(folder, model, torch.optim.AdamW(model.parameters()))
    with pytest.raises(PermanentError, match=re.escape("1.bias is (3,) there and missing")):
        checkpoints.resume(folder, model[:1], torch.optim.AdamW(model[:1].parameters()))


def test_only_the_newest_two_are_kept(folder: Path):
    for number in (9, 10, 100):
        checkpoints.save(folder, Position(number), *make(0))
    assert [path.name for path in checkpoints.whole(folder)] == ["step-00000010", "step-00000100"]


def test_a_folder_whose_writer_fails_never_gets_its_name_and_leaves_nothing(tmp_path: Path):
    def fill(folder: Path) -> None:
        (folder / "first").write_text("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "thing", fill)
    assert not list(tmp_path.iterdir())
    write_folder(tmp_path / "thing", lambda folder: (folder / "second").write_text("2") and None)
    assert [path.name for path in (tmp_path / "thing").iterdir()] == ["second"]


def test_a_file_that_cannot_be_written_stays_what_it_was(tmp_path: Path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_without_a_checkpoint_the_run_begins_at_the_beginning(tmp_path: Path):
    assert checkpoints.resume(tmp_path / "none", *make(0)) == Position()
