"""The folder a fine-tune runs in: its inputs, its job file and the command that starts it."""

import os
import sys
from pathlib import Path

from reviewloop.adapters import s3
from reviewloop.config import TransformerConfig
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.refs import TrainingRef
from reviewloop.training.pretrained import pretrained


def prepare(folder: Path, training: TrainingRef, config: TransformerConfig) -> tuple[list[str], dict[str, str]]:
    """Put the inputs and the job file into ``folder``; returns the command and what it needs in its environment.

    Files that are there stay: the process may be reading them.
    """
    from reviewloop.training.files import write_json
    from reviewloop.training.job import Job

    features = s3.open_artifact(training.features.uri)
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for name in ("train.parquet", "validation.parquet"):
        if not (inputs / name).exists():
            (inputs / f".{name}").write_bytes(features.read(name))
            (inputs / f".{name}").rename(inputs / name)
    values = config.model_dump(exclude={"model"}) | {
        "epochs": training.epochs,
        "learning_rate": training.learning_rate,
        "seed": training.seed,
        "base_model": pretrained(config.model),
        "train": inputs / "train.parquet",
        "validation": inputs / "validation.parquet",
        "output": folder,
        "labels": SENTIMENTS,
        "max_seq_length": training.features.max_seq_length,
    }
    job = folder / "job.json"
    write_json(job, Job.model_validate(values).model_dump(mode="json"))
    # A step nicer than the rest, so that the scheduler keeps its heartbeat on a small machine.
    command = ["nice", "-n", "5", sys.executable, "-m", "reviewloop.training.finetune", "--job", str(job)]
    package_root = Path(__file__).resolve().parents[2]  # a child does not inherit this process's sys.path
    env = {"PYTHONPATH": os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH")]))}
    if Path(values["base_model"]).is_dir():
        env["HF_HUB_OFFLINE"] = "1"
    return command, env
