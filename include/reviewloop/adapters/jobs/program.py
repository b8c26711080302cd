"""The fine-tune program as a process: the folder it runs in, the command that starts it and what it needs around it."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts
from reviewloop.config import TransformerConfig
from reviewloop.core.digests import file_digest
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import pretrained
from reviewloop.refs import TrainingRef

PROGRAM: Final = "reviewloop.training.finetune"
PARTS: Final = ("train", "validation")


def parameters(training: TrainingRef, config: TransformerConfig) -> dict[str, Any]:
    """What the program is told, wherever it runs: the job file's fields but for the paths, ready for JSON."""
    return config.model_dump(mode="json", exclude={"model"}) | {
        "epochs": training.epochs,
        "learning_rate": training.learning_rate,
        "seed": training.seed,
        "base_model": config.model,
        "base_model_pin": training.base_model_pin,
        "labels": list(SENTIMENTS),
        "max_seq_length": training.features.max_seq_length,
    }


def prepare(folder: Path, spec: JobSpec) -> tuple[list[str], dict[str, str]]:
    """Put the inputs and the job file into ``folder``; returns the command and what it needs in its environment.

    Files that are there stay: the process may be reading them.
    """
    from reviewloop.files import write_json
    from reviewloop.training.job import Job

    inputs = fetch_inputs(spec.features_uri, folder / "inputs")
    base_model = pretrained(spec.parameters["base_model"])
    paths = {"base_model": base_model, "output": folder, **{part: inputs / f"{part}.parquet" for part in PARTS}}
    job = folder / "job.json"
    write_json(job, Job.model_validate({**spec.parameters, **paths}).model_dump(mode="json"))
    # A step nicer than the rest, so that the scheduler keeps its heartbeat on a small machine.
    return ["nice", "-n", "5", *command(spec.num_gpus), "--job", str(job)], environment(base_model)


def fetch_inputs(features_uri: str, folder: Path) -> Path:
    """The two parts that the program reads, in ``folder``; returns it."""
    features = artifacts.open_artifact(features_uri)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f"{part}.parquet" for part in PARTS):
        if not (folder / name).exists() or file_digest(folder / name) != features.files.get(name):
            with tempfile.TemporaryDirectory(dir=folder, prefix=".") as fresh:  # another try may fetch in the same instant
                features.fetch(name, Path(fresh)).replace(folder / name)
    return folder


def command(num_gpus: int) -> list[str]:
    """How the program is started on this machine: one process, or one a GPU. 0 takes every GPU there is.

    Raises ``ConfigError`` where more are asked for than there are.
    """
    there = num_gpus_here()
    if num_gpus > there:
        raise ConfigError(f"training.backend.num_gpus: {num_gpus} asked for, this machine has {there}; 0 takes what is there")
    num_processes = num_gpus or there
    if num_processes < 2:
        return [sys.executable, "-m", PROGRAM]
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(num_processes)]
    return [sys.executable, "-m", *launcher, "-m", PROGRAM]


@lru_cache(maxsize=1)
def num_gpus_here() -> int:
    """GPUs that this machine's driver lists; ``CUDA_VISIBLE_DEVICES`` narrows them."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return len([device for device in visible.split(",") if device.strip() not in {"", "-1"}])
    if shutil.which("nvidia-smi") is None:
        return 0
    listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False)  # noqa: S607
    return len(listed.stdout.splitlines()) if listed.returncode == 0 else 0


def environment(base_model: str) -> dict[str, str]:
    """What the program needs in its environment beside what it inherits: a child does not inherit this process's sys.path."""
    package_root = Path(__file__).resolve().parents[3]
    env = {"PYTHONPATH": os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH")]))}
    return env | {"HF_HUB_OFFLINE": "1"} if Path(base_model).is_dir() else env
