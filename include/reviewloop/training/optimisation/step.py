"""One optimiser step."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch.nn.parallel import DistributedDataParallel
from transformers import PreTrainedModel

from reviewloop.models.encoder.device import autocast, pick_device, seed_dropout
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.data.data import EncodedPart
from reviewloop.training.data.passes import Batch
from reviewloop.training.data.vocabulary import read_only
from reviewloop.training.job import Job
from reviewloop.training.optimisation.dropout import Draws, speed_up
from reviewloop.training.optimisation.layers import freeze
from reviewloop.training.optimisation.loss import row_losses
from reviewloop.training.optimisation.optimiser import make_optimiser, schedule
from reviewloop.training.ranks import Ranks
from reviewloop.training.watch.watcher import Watcher


@dataclass(frozen=True)
class Learner:
    """A model and what moves it. ``shared`` is the model itself, wrapped where several ranks average its gradients."""

    job: Job
    ranks: Ranks
    model: PreTrainedModel
    shared: torch.nn.Module
    optimiser: torch.optim.AdamW
    draws: Draws | None
    """What draws the dropout masks on a CPU."""

    def gradients(self, last_pass: bool) -> AbstractContextManager[None]:
        """Around one pass: gradients add up on each rank, and the last pass sends them round."""
        if isinstance(self.shared, DistributedDataParallel) and not last_pass:
            waiting: AbstractContextManager[None] = self.shared.no_sync()
            return waiting
        return nullcontext()


@dataclass(frozen=True)
class Step:
    """What a step gave: loss (weighted mean over the batch, in nats) and gradient norm before clipping, both on the device."""

    loss: torch.Tensor
    gradient_norm: torch.Tensor
    learning_rate: float


def make_learner(job: Job, ranks: Ranks, parts: Sequence[EncodedPart]) -> Learner:
    """The pretrained model with a fresh head, on this rank's device, and its optimiser; it reads no other words than ``parts``."""
    device = pick_device()
    model = load_classifier(job.base_model, job.labels, job.attention_dropout).to(device)
    draws = adapt(model)
    read_only(model, (tokens for part in parts for tokens in part.tokens))
    freeze(model, job.frozen_layers)
    shared: torch.nn.Module = model
    if ranks.world_size > 1:
        shared = DistributedDataParallel(model, forward_sync_buffers=False)  # an encoder's buffers are constants
    return Learner(job, ranks, model, shared, make_optimiser(model, job), draws)


def adapt(model: PreTrainedModel) -> Draws | None:
    """Make the most of a processor where ``model`` is on one; returns what draws its dropout masks there."""
    if model.device.type != "cpu":
        return None
    model.set_attn_implementation("eager")  # its products beat the fused kernel there, above all on the way back
    return speed_up(model)


def train_step(learner: Learner, batch: Batch, step: int, num_steps: int, watcher: Watcher) -> Step:
    """Step number ``step`` (from 0) of ``num_steps`` on ``batch``. Nothing here waits for a GPU."""
    job, device = learner.job, learner.model.device
    factor = schedule(step, num_steps, job)
    for group in learner.optimiser.param_groups:
        group["lr"] = group["peak"] * factor
    seed_dropout(device, job.seed, step, learner.ranks.rank)
    if learner.draws:
        learner.draws.seed(job.seed, step, learner.ranks.rank)
    learner.optimiser.zero_grad(set_to_none=True)
    loss = torch.zeros((), device=device)
    for number, rows in enumerate(batch.passes, 1):
        with learner.gradients(last_pass=number == len(batch.passes)):
            with watcher.phase("forward"):
                here = rows.to(device)
                with autocast(device):
                    logits = learner.shared(input_ids=here.ids, attention_mask=here.mask).logits
                share = (row_losses(logits, here.labels, job) * here.shares).sum()
            with watcher.phase("backward"):
                # Ranks average their gradients, and the shares already add up over the ranks.
                (share * learner.ranks.world_size).backward()  # type: ignore[no-untyped-call]
        loss += share.detach()
    with watcher.phase("optimiser"):
        gradient_norm = torch.nn.utils.clip_grad_norm_(learner.model.parameters(), job.max_gradient_norm)
        learner.optimiser.step()
    return Step(learner.ranks.add(loss), gradient_norm, job.learning_rate * factor)
