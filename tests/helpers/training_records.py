"""Fine-tunes as their watch records them: believable curves, with the faults that a test asks for."""

from typing import Any

import numpy as np

from reviewloop.config import load_config

Records = dict[str, list[dict[str, Any]]]

START = 1_767_225_600.0
"""2026-01-01 00:00:00 UTC, in Unix seconds."""
LAYERS = ("embeddings", *(f"layer.{place}" for place in range(12)), "head")


def job(**values: Any) -> dict[str, Any]:
    """The job file of such a training, with every rule at its configured threshold."""
    config = load_config("test").training.transformer.model_dump(mode="json", exclude={"model", "num_seeds"})
    return {
        **config, "epochs": 3, "batch_size": 32, "base_model": "/opt/models/all-MiniLM-L6-v2", "train": "/gone/train.parquet",
        "validation": "/gone/validation.parquet", "output": "/gone", "labels": ["negative", "neutral", "positive"],
        "max_seq_length": 128, "seed": 7, **values,
    }  # fmt: skip


def finding(rule: str, action: str, step: int, seconds: float, saw: str, advice: str) -> dict[str, Any]:
    """One line of ``findings.jsonl``."""
    return {"rule": rule, "action": action, "step": step, "time": START + seconds, "saw": saw, "advice": advice}


def watched(
    seed: int = 7, *, num_steps: int = 1190, num_cores: int = 2, num_gpus: int = 0, num_ranks: int = 1,
    killed_at: int | None = None, not_finite_from: int | None = None, system_seconds: float = 0.5,
) -> Records:  # fmt: skip
    """What the watch wrote, by file name without its ending. Steps take about half a second, an epoch ends every third.

    ``killed_at``: the process was killed after this step and came back 40 seconds later. ``not_finite_from``: from this step
    on, loss and gradients are null.
    """
    draw = np.random.default_rng(seed)
    records: Records = {name: [] for name in ("steps", "tensors", "system", "epochs")}
    now, per_epoch = START + 6.0, -(-num_steps // 3)
    busy = [(START, now, 15.0)]
    for step in range(10, num_steps + 1, 10):
        lost = not_finite_from is not None and step >= not_finite_from
        scale = 0.05 if num_gpus else 0.5
        phases = {"data": 0.02, "forward": 0.28, "backward": 0.55, "optimiser": 0.11, "other": 0.04}
        seconds = {name: 10 * scale * share * draw.uniform(0.9, 1.1) for name, share in phases.items()}
        whole = sum(seconds.values())
        busy.append((now, now + whole, 92.0))
        now += whole
        slowest = whole / 10 * (6.0 if step % 370 == 0 else draw.uniform(1.2, 1.9))
        loss = None if lost else 0.38 + 0.7 * np.exp(-step / 250) + draw.normal(0, 0.05)
        warm = num_steps * 0.1
        rate = 1.5e-4 * min(step / warm, (num_steps - step) / (num_steps - warm))
        norm = None if lost else float(2.4 * draw.lognormal(0, 0.25))
        shares = draw.dirichlet([18, 22, 130])
        records["steps"].append({
            "step": step, "time": now, "num_steps": 10, "seconds": whole, "num_rows": 320,
            "num_tokens": 320 * int(draw.integers(60, 95)), "phases": seconds, "median_step_seconds": whole / 10,
            "slowest_step_seconds": slowest, "slowest_step": step - 4,
            "loss": loss, "learning_rate": rate, "gradient_norm": norm, "class_shares": shares.tolist(),
            "finite": not lost, "rank_seconds": [whole * (1 + 0.3 * rank) for rank in range(num_ranks)],
        })  # fmt: skip
        records["tensors"].append({"step": step, "time": now, **_layers(draw, lost)})
        if step == killed_at:
            now += 40.0
        if step // per_epoch > (step - 10) // per_epoch or step + 10 > num_steps:
            busy.append((now, now + 9.0, 60.0))
            now += 9.0
            records["epochs"].append(_epoch(len(records["epochs"]) + 1, step, now, draw, lost))
    killed = next((record["time"] for record in records["steps"] if record["step"] == killed_at), float("inf"))
    for moment in np.arange(START, now, system_seconds):
        if not killed < moment < killed + 40.0:
            use = next((use for begin, end, use in busy if begin <= moment < end), 5.0)
            records["system"].append(_reading(float(moment), use, draw, num_cores, num_gpus))
    return records


def _layers(draw: np.random.Generator, lost: bool) -> dict[str, Any]:
    layers, activations = {}, {}
    for place, name in enumerate(LAYERS):
        norm = 0.05 * 1.45**place * draw.lognormal(0, 0.3)
        layers[name] = {
            "gradient_norm": None if lost else norm, "weight_norm": 20.0 + place, "update_ratio": 1e-3 * draw.lognormal(0, 0.2),
            "largest": 3.0 + draw.uniform(0, 1),
        }  # fmt: skip
        activations[name] = {"dead_share": draw.uniform(0, 0.03), "saturated_share": None}
    activations |= {
        "embeddings": {"dead_share": None, "saturated_share": None},
        "head": {"dead_share": None, "saturated_share": draw.uniform(0, 0.08)},
    }
    return {"layers": layers, "activations": activations}


def _epoch(epoch: int, step: int, time: float, draw: np.random.Generator, lost: bool) -> dict[str, Any]:
    metrics = {"accuracy": 0.8 + 0.02 * epoch + draw.normal(0, 0.004), "macro_f1": 0.6 + 0.035 * epoch + draw.normal(0, 0.006)}
    losses = {"train_loss": None if lost else 0.75 - 0.13 * epoch, "validation_loss": None if lost else 0.44 - 0.02 * epoch}
    return {"epoch": epoch, "step": step, "time": time, **losses, **metrics}


def _reading(time: float, use: float, draw: np.random.Generator, num_cores: int, num_gpus: int) -> dict[str, Any]:
    gpu = [
        {"use": min(1.0, use / 100 * draw.uniform(0.85, 1.05)), "memory_share": 0.41, "memory_mb": 58_000.0}
        for _ in range(num_gpus)
    ]
    return {
        "time": time, "cpu": np.minimum(100.0, use * draw.uniform(0.85, 1.1, num_cores)).tolist(),
        "process_cpu": use * num_cores * draw.uniform(0.9, 1.0), "read_mb_s": max(0.0, draw.normal(0.4, 0.5)),
        "memory_mb": 1450 + 200 * float(np.tanh((time - START) / 60)) + draw.normal(0, 8), "gpu": gpu,
        "write_mb_s": 190.0 if draw.random() < 0.01 else 0.1, "io_wait_share": draw.uniform(0, 0.02),
    }  # fmt: skip
