"""Checkpoints: all a killed fine-tune needs to go on as if nothing had happened, in safetensors and JSON.

No pickle: a checkpoint folder can be written by anyone with access to the disk, and ``torch.load`` would run what it holds.
The sampler and the learning rate need no state of their own: both are functions of the seed and the position.
"""

import json
import logging
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from reviewloop.training.files import write_folder

log = logging.getLogger(__name__)
KEEP = 2


@dataclass(frozen=True)
class Position:
    """How far the run is: optimiser steps done, and the best epoch so far by validation macro-F1 (-1: none yet)."""

    step: int = 0
    best_epoch: int = -1
    best_macro_f1: float = -1.0

    def at(self, step: int) -> "Position":
        """The same, ``step`` steps done."""
        return replace(self, step=step)


def save(folder: Path, position: Position, model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Write ``folder/step-<n>`` whole, then drop all but the newest two."""

    def fill(target: Path) -> None:
        save_file(_cpu(model.state_dict()), target / "model.safetensors")
        save_file(_cpu(_optimiser_tensors(model, optimiser)), target / "optimiser.safetensors")
        save_file(_rng(), target / "rng.safetensors")
        (target / "position.json").write_text(json.dumps(asdict(position)), encoding="utf-8")

    write_folder(folder / f"step-{position.step:08d}", fill)
    for old in whole(folder)[:-KEEP]:
        shutil.rmtree(old)


def whole(folder: Path) -> list[Path]:
    """The finished checkpoints, oldest first; one still under its temporary name is not among them."""
    return sorted(folder.glob("step-*")) if folder.is_dir() else []


def resume(folder: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> Position:
    """Load the newest whole checkpoint into ``model`` and ``optimiser`` and the random state; step 0 where there is none."""
    found = whole(folder)
    if not found:
        return Position()
    source = found[-1]
    device = next(model.parameters()).device
    model.load_state_dict(load_file(source / "model.safetensors", device=str(device)))
    parameters = dict(model.named_parameters())
    for key, value in load_file(source / "optimiser.safetensors").items():
        name, _, field = key.rpartition("|")
        # Adam keeps its step counter on the CPU unless it is fused on a GPU, where it lies beside the parameter.
        keep_on_cpu = field == "step" and not optimiser.defaults.get("fused")
        optimiser.state[parameters[name]][field] = value if keep_on_cpu else value.to(device)
    rng = load_file(source / "rng.safetensors")
    torch.set_rng_state(rng["cpu"])
    if "cuda" in rng and torch.cuda.is_available():
        torch.cuda.set_rng_state(rng["cuda"])
    position = Position(**json.loads((source / "position.json").read_text(encoding="utf-8")))
    log.info("resumed from step %d", position.step)
    return position


def _optimiser_tensors(model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    return {
        f"{name}|{field}": value
        for name, parameter in model.named_parameters()
        for field, value in optimiser.state.get(parameter, {}).items()
    }


def _rng() -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def _cpu(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
