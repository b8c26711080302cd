"""The endpoint as a process, whose lake is a folder: ``python -m reviewloop_local.studies.endpoint_program FOLDER PORT``.

Ledger, models and captured records lie in files, and nobody is asked about a release; all else is what ``reviewloop.serving`` runs.
The other half of this module is how a study makes models, tells the ledger, and asks.
"""

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import ledger as releases
from reviewloop.adapters.release.champion import Champion
from reviewloop.core.digests import file_digest, tree_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, follow, object_name, read_chain
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError, TransientError
from reviewloop.models.about import read_about
from reviewloop_local.endpoint_process import EndpointProcess

WORDS: Final = tuple(f"word{place}" for place in range(500))
MAX_MODELS: Final = 26
"""Seeds whose models are told apart by any one answer."""
FOLLOW_SECONDS: Final = 0.2


def make_model(folder: Path, seed: int, hidden: int = 256) -> str:
    """A small encoder whose answers no other of ``MAX_MODELS`` seeds gives; returns the digest of its files."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification
    from transformers.utils import logging

    logging.disable_progress_bar()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    fast = Tokenizer(WordPiece({word: place for place, word in enumerate([*special, *WORDS])}, unk_token=special[1]))
    fast.pre_tokenizer = Whitespace()
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS) + len(special), hidden_size=hidden, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=4 * hidden, max_position_embeddings=64, initializer_range=0.2, num_labels=len(SENTIMENTS), pad_token_id=0,
        id2label=dict(enumerate(SENTIMENTS)), label2id={name: place for place, name in enumerate(SENTIMENTS)},
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    angle = 2 * math.pi * seed / MAX_MODELS
    with torch.no_grad():  # the text decides little: answers of two models never come near each other, whatever bf16 rounds
        model.classifier.weight *= 0.02
        model.classifier.bias.copy_(1.5 * torch.tensor([math.cos(angle), math.sin(angle), 0.0]))
    model.save_pretrained(folder)
    fast.save(str(folder / "tokenizer.json"))
    (folder / "model.json").write_text(json.dumps({"kind": "transformer", "labels": list(SENTIMENTS), "max_seq_length": 48}))
    return digest_of(folder)


def exported(source: Path, target: Path, texts: Sequence[str]) -> str:
    """The model of ``source`` in 8-bit integers, as a training exports it, ``texts`` its self-test; the digest of its files."""
    from reviewloop.models.int8_export import export_int8

    about = {**read_about(source), "form": "openvino_int8", "exported_from": digest_of(source)}
    export_int8(source, target, texts, about)
    return digest_of(target)


def digest_of(folder: Path) -> str:
    """Of the files as they lie there."""
    return tree_digest({path.name: file_digest(path) for path in folder.iterdir()})


class FolderLedger:
    """Events in files, as the lake's ledger has them. One writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "ledger"
        self._folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> tuple[Event, ...]:
        """Every event, oldest first."""
        return read_chain({path.name: path.read_bytes() for path in self._folder.glob("*.json")})

    def tell(self, kind: str, version: str, digest: str, facts: Mapping[str, Any]) -> Event:
        """Add one."""
        event = follow(self.read(), Draft(kind, "program:study", version, digest, facts), "2026-01-05T10:00:00+00:00")
        path = self._folder / object_name(event.number)
        path.with_suffix(".part").write_bytes(event.to_bytes())
        path.with_suffix(".part").rename(path)
        return event


def endpoint_of(folder: Path, port: int) -> EndpointProcess:
    """This program, started."""
    env = {**os.environ, "REVIEWLOOP_WORK_DIR": str(folder / "work"), "REVIEWLOOP_SERVE_KEYS": ""}
    return EndpointProcess([sys.executable, "-m", __name__, str(folder), str(port)], port, folder / "endpoint.log", env)


def _become(folder: Path) -> None:
    """Put the folder in the lake's and the registry's place."""
    from reviewloop.serving.rollout import champion

    ledger = FolderLedger(folder)

    def verified(act: Event) -> Champion:
        return Champion(str(act.version), str(act.facts["source"]), str(act.digest), {})

    def answering() -> Champion | None:
        head = standing.champion(ledger.read())
        return verified(head) if head else None

    def fetch(source: str, digest: str) -> Path:
        if digest_of(Path(source)) != digest:
            raise PermanentError(f"{source}: other files lie there")
        return Path(source)

    def write(uri: str, data: bytes, _: str = "") -> str:
        path = folder / "captured" / uri.removeprefix(places.captured(""))
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.with_suffix(".part").write_bytes(data)
            path.with_suffix(".part").rename(path)
        except OSError as error:
            raise TransientError(str(error)) from error
        return uri

    events: Any = releases
    follower: Any = champion
    store: Any = s3
    events.read = events.read_unwitnessed = ledger.read
    store.write_bytes = write
    follower.verified, follower.answering, follower.fetch_model = verified, answering, fetch
    follower.is_of_this_lake = lambda source: source.startswith(str(folder))


def main() -> int:
    """Serve until a signal."""
    from reviewloop.serving.__main__ import main as serve

    folder, port = Path(sys.argv[1]), sys.argv[2]
    _become(folder)
    sys.argv[1:] = ["--port", port, "--follow-seconds", str(FOLLOW_SECONDS)]
    return serve()


if __name__ == "__main__":
    sys.exit(main())
