"""What this machine is and what the encoder is: ``... probe recipe.json``; writes ``machine.json``."""

import platform
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.files import write_json
from reviewloop_local.bench.machine import Machine
from reviewloop_local.bench.recipe import MACHINE, Recipe, read_recipe


def processor() -> str:
    """The processor's name, as well as the system knows it."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def num_multiplied(base_model: str) -> int:
    """Parameters that take part in matrix products: all but the embeddings, which are looked up."""
    config = AutoConfig.from_pretrained(base_model, num_labels=len(SENTIMENTS))
    with torch.device("meta"):  # shapes alone, no memory
        model = AutoModelForSequenceClassification.from_config(config)
    looked_up = {parameter for part in model.modules() if isinstance(part, torch.nn.Embedding) for parameter in part.parameters()}
    return sum(parameter.numel() for parameter in model.parameters() if parameter not in looked_up)


def probe(recipe: Recipe) -> None:
    """Look, and write it down."""
    found = Machine(
        processor=processor(),
        num_threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        torch=torch.__version__,
        transformers=transformers.__version__,
        num_multiplied=num_multiplied(recipe.base_model),
    )
    write_json(recipe.folder / MACHINE, found.model_dump())


if __name__ == "__main__":
    probe(read_recipe(Path(sys.argv[1])))
