import json
from pathlib import Path

import pytest
import torch

from reviewloop.training import checkpoints
from reviewloop.training.checkpoints import Position
from reviewloop.training.files import write_folder


def make(seed: int) -> tuple[torch.nn.Module, torch.optim.AdamW]:
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))
    return model, torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)


def step(model: torch.nn.Module, optimiser: torch.optim.AdamW) -> None:
    optimiser.zero_grad()
    model(torch.ones(5, 4)).square().sum().backward()
    optimiser.step()


def test_model_optimiser_random_state_and_position_come_back(tmp_path: Path):
    model, optimiser = make(0)
    step(model, optimiser)
    checkpoints.save(tmp_path, Position(1, 0, 0.5), model, optimiser)
    step(model, optimiser)

    other, other_optimiser = make(1)
    assert checkpoints.resume(tmp_path, other, other_optimiser) == Position(1, 0, 0.5)
    step(other, other_optimiser)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_half_written_checkpoint_is_ignored(tmp_path: Path):
    model, optimiser = make(0)
    step(model, optimiser)
    checkpoints.save(tmp_path, Position(10), model, optimiser)
    half = tmp_path / ".step-00000020.tmp"
    half.mkdir()
    (half / "position.json").write_text(json.dumps({"step": 20, "best_epoch": -1, "best_macro_f1": -1.0}))
    assert checkpoints.resume(tmp_path, *make(1)).step == 10


def test_only_the_newest_two_are_kept(tmp_path: Path):
    model, optimiser = make(0)
    for number in (9, 10, 100):
        checkpoints.save(tmp_path, Position(number), model, optimiser)
    assert [path.name for path in checkpoints.whole(tmp_path)] == ["step-00000010", "step-00000100"]


def test_a_folder_whose_writer_dies_never_gets_its_name(tmp_path: Path):
    def fill(folder: Path) -> None:
        (folder / "first").write_text("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "thing", fill)
    assert not (tmp_path / "thing").exists()
    write_folder(tmp_path / "thing", lambda folder: (folder / "second").write_text("2") and None)
    assert [path.name for path in (tmp_path / "thing").iterdir()] == ["second"]


def test_without_a_checkpoint_the_run_begins_at_the_beginning(tmp_path: Path):
    assert checkpoints.resume(tmp_path / "none", *make(0)) == Position()
