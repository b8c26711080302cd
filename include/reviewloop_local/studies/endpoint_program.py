"""The endpoint as a process, whose lake is a folder: ``python -m reviewloop_local.studies.endpoint_program FOLDER PORT``.

Ledger, models and captured records lie in files, and nobody is asked about a release; all else is what ``reviewloop.serving`` runs.
The other half of this module is how a study makes models, tells the ledger, and asks.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import ledger as releases
from reviewloop.adapters.release.champion import Champion
from reviewloop.core.digests import file_digest, tree_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, follow, object_name, read_chain
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError, TransientError

WORDS: Final = tuple(f"word{place}" for place in range(500))
MAX_MODELS: Final = 26
"""Seeds whose models are told apart by any one answer."""
READY_SECONDS: Final = 90.0
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


class Endpoint:
    """The process and a client of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / "endpoint.log"
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, "REVIEWLOOP_WORK_DIR": str(folder / "work"), "REVIEWLOOP_SERVE_KEYS": ""}
        with self.log.open("ab") as sink:
            command = [sys.executable, "-m", __name__, str(folder), str(port)]
            # A session of its own, as its rivals in a race have: Linux shares the cores among sessions.
            self.process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink, start_new_session=True)  # noqa: S603
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def wait_for(self, generation: int) -> None:
        """Until the process follows that event. Raises ``RuntimeError`` with the end of its log where it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.http.get("/health").json()["generation"] == generation:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"the endpoint never came to event {generation}:\n{self.log.read_text()[-3000:]}")

    def rss_mb(self) -> float:
        """Resident memory of the process, in 10^6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6

    def end(self) -> None:
        """As an orchestrator would; killed where it does not end."""
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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
    events.read, store.write_bytes = ledger.read, write
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
