"""Run by ``test_watch_ranks.py`` on two processes: a training in which rank 1 is slow in its forward pass."""

import json
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
from tests.helpers.watching import batch, fresh_model, rule, watch

from reviewloop.training.validation import ValidationMetrics
from reviewloop.training.watch.watcher import Watcher


def main(tiny_bert: Path, folder: Path) -> None:
    dist.init_process_group("gloo")
    train(tiny_bert, folder)
    dist.barrier()
    dist.destroy_process_group()  # after the model is gone: now and then the other order hangs in its destructor


def train(tiny_bert: Path, folder: Path) -> None:
    rank = dist.get_rank()
    model = torch.nn.parallel.DistributedDataParallel(fresh_model(tiny_bert), broadcast_buffers=False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    config = watch(load_imbalance=rule(0.3, 2), overtraining=rule(0.0, action="stop"))
    with Watcher(config, model, folder / "watch", start_step=0, rank=rank, world_size=2) as watcher:
        for step in range(40):
            watcher.begin_step(step)
            with watcher.phase("data"):
                ids, labels = (part[rank::2][: 3 - rank] for part in batch(step))
            with watcher.phase("forward"):
                time.sleep(0.1 * rank)
                loss = torch.nn.functional.cross_entropy(model(input_ids=ids).logits, labels)
            with watcher.phase("backward"):
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            with watcher.phase("optimiser"):
                optimiser.step()
            watcher.end_step(loss=loss, labels=labels, num_tokens=ids.numel(), learning_rate=1e-3, gradient_norm=norm)
            if watcher.stop_requested:
                break
            if step in (11, 16) and rank == 0:  # the second brings nothing: rank 0 learns it alone
                watcher.end_epoch(step, step + 1, 0.5, ValidationMetrics(0.5, 0.8, 0.7))
        (folder / f"rank{rank}.json").write_text(json.dumps({"stopped_by": watcher.stopped_by, "step": step + 1}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
