"""Another shop, as an owner would add it: one contract and one behaviour suite, beside everything that is shipped."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.helpers.tiny_models import FILLER, TELLS

from reviewloop.config import load_config
from reviewloop.settings import PROJECT_ROOT, settings

FILES = Path(__file__).resolve().parents[1] / "datasets" / "gadget_shop"
HEADER = ("Ref", "Stars", "Headline", "Comment", "Sold via", "Maker", "Warranty")


def add_dataset(folder: Path) -> Path:
    """A copy of the shipped configuration with the shop in it, and a profile ``gadgets``; returns the copy."""
    shutil.copytree(PROJECT_ROOT / "include" / "config", folder)
    shutil.copy(FILES / "gadget_shop.yaml", folder / "datasets")
    shutil.copytree(FILES / "behaviour", folder / "behaviour" / "gadget_shop")
    shutil.copy(FILES / "profile.yaml", folder / "profiles" / "gadgets.yaml")
    return folder


@pytest.fixture
def gadget_shop(lake: str, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh lake on which this process serves the shop, with the tiny BERT to be fine-tuned."""
    folder = add_dataset(tmp_path / "config")
    profile = folder / "profiles" / "gadgets.yaml"
    values = yaml.safe_load(profile.read_text())
    values["training"]["transformer"]["model"] = str(tiny_bert)
    profile.write_text(yaml.safe_dump(values))
    monkeypatch.setenv("REVIEWLOOP_CONFIG_DIR", str(folder))
    monkeypatch.setenv("REVIEWLOOP_PROFILE", "gadgets")
    settings.cache_clear()
    load_config.cache_clear()
    yield folder
    load_config.cache_clear()


def deliver(num_rows: int, first: int, channels: tuple[str, ...] = ("app", "store", "web")) -> bytes:
    """A semicolon-separated delivery of reviews whose words tell their stars; facets know nothing of them."""
    rng = np.random.default_rng(first)
    sink = io.StringIO()
    rows = csv.writer(sink, delimiter=";")
    rows.writerow(HEADER)
    for ref in range(first, first + num_rows):
        label = int(rng.choice(3, p=[0.2, 0.2, 0.6]))
        tells, filler = rng.choice(TELLS[label], 4), rng.choice(FILLER, 8)
        text = f"It is {tells[0]} and {tells[1]} for me: {' '.join(filler)} {tells[2]} {tells[3]} n{ref}"
        maker = rng.choice(["Acme", "Bolt", "Coil", ""], p=[0.4, 0.3, 0.2, 0.1])
        headline = f"About the {rng.choice(FILLER)}" if rng.random() < 0.8 else ""
        rows.writerow([ref, (1, 3, 5)[label], headline, text, rng.choice(channels), maker, "none" if ref % 2 else ""])
    return sink.getvalue().encode()
