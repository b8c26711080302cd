"""Checkpoints: all a killed fine-tune needs to go on as if nothing had happened, in safetensors and JSON.

No pickle: a checkpoint folder can be written by anyone with access to the disk, and ``torch.load`` would run what it holds.
The sampler, the learning rate and dropout need no state of their own: they are functions of the seed and the position.
"""

import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from reviewloop.errors import PermanentError
from reviewloop.files import has_its_sizes, write_folder, write_sizes
from reviewloop.training.data.vocabulary import num_bytes_left_out
from reviewloop.training.job import epoch_folder

log = logging.getLogger(__name__)
KEEP = 2


@dataclass(frozen=True)
class Position:
    """How far the run is: optimiser steps done, and the best epoch so far by validation macro-F1 (-1: none yet).

    ``loss_sum`` adds up the losses of the present epoch's steps. ``stopped_by`` names what ended the run before its last
    step: a rule, or ``early_stopping``.
    """

    step: int = 0
    best_epoch: int = -1
    best_macro_f1: float = -1.0
    loss_sum: float = 0.0
    stopped_by: str = ""


def save(folder: Path, position: Position, model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Write ``folder/step-<n>`` whole, then drop all others but the newest whole two."""

    def fill(target: Path) -> None:
        save_file(_cpu(model.state_dict()), target / "model.safetensors")
        save_file(_cpu(_optimiser_tensors(model, optimiser)), target / "optimiser.safetensors")
        (target / "position.json").write_text(json.dumps(asdict(position)), encoding="utf-8")
        write_sizes(target)

    write_folder(folder / f"step-{position.step:08d}", fill)
    kept = whole(folder)[-KEEP:]
    for old in folder.glob("step-*"):
        if old not in kept:
            shutil.rmtree(old)


def whole(folder: Path) -> list[Path]:
    """The finished checkpoints whose best epoch has its model, oldest first.

    One under its temporary name is not among them, nor one of which a part is missing.
    """
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.glob("step-*") if has_its_sizes(path) and _has_its_model(path))


def resume(folder: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> Position:
    """Load the newest whole checkpoint into ``model`` and ``optimiser``; step 0 where there is none.

    Raises ``PermanentError`` when it is another model's.
    """
    found = whole(folder)
    if not found:
        return Position()
    source = found[-1]
    device = next(model.parameters()).device
    weights = load_file(source / "model.safetensors", device=str(device))
    _demand_same_shapes(source, weights, model)
    model.load_state_dict(weights)
    parameters = dict(model.named_parameters())
    for key, value in load_file(source / "optimiser.safetensors").items():
        name, _, field = key.rpartition("|")
        # Adam keeps its step counter on the CPU unless it is fused on a GPU, where it lies beside the parameter.
        keep_on_cpu = field == "step" and not optimiser.defaults.get("fused")
        optimiser.state[parameters[name]][field] = value if keep_on_cpu else value.to(device)
    position = read_position(source)
    log.info("resumed from step %d", position.step)
    return position


def num_bytes_of_run(model: PreTrainedModel) -> int:
    """About what a run keeps on disk at its peak.

    Three checkpoints (weights, and two moments for each that learns) for the instant before the oldest goes; and four
    models: two epochs, one just being written, and the result.
    """
    weights: int = sum(one.numel() * one.element_size() for one in model.parameters())
    learning: int = sum(one.numel() * one.element_size() for one in model.parameters() if one.requires_grad)
    return 3 * (weights + 2 * learning) + 4 * (weights + num_bytes_left_out(model))


def read_position(checkpoint: Path) -> Position:
    """Where the run was at ``checkpoint``."""
    return Position(**json.loads((checkpoint / "position.json").read_text(encoding="utf-8")))


def _demand_same_shapes(checkpoint: Path, weights: dict[str, torch.Tensor], model: torch.nn.Module) -> None:
    there = {name: tuple(value.shape) for name, value in weights.items()}
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    other = [name for name in sorted(there | wanted) if there.get(name) != wanted.get(name)]
    if other:
        found = f"{other[0]} is {there.get(other[0], 'missing')} there and {wanted.get(other[0], 'missing')} in this training"
        how = f"another version of the program wrote it, or other reviews; delete {checkpoint.parent} to train anew"
        raise PermanentError(f"{checkpoint}: {found}: {how}")


def _has_its_model(checkpoint: Path) -> bool:
    best_epoch = read_position(checkpoint).best_epoch
    return best_epoch < 0 or has_its_sizes(epoch_folder(checkpoint.parent.parent, best_epoch))


def _optimiser_tensors(model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    return {
        f"{name}|{field}": value
        for name, parameter in model.named_parameters()
        for field, value in optimiser.state.get(parameter, {}).items()
    }


def _cpu(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
