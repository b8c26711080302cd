"""A ledger, a registry and a model store at the edge of the endpoint: what it follows, told in a line each."""

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reviewloop.adapters.release.champion import Champion
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, follow
from reviewloop.core.rollout.assignment import NUM_BUCKETS
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.models.reader import Prepared
from reviewloop.serving.rollout import champion as room

NOW = "2026-01-05T10:00:00+00:00"


@dataclass
class Fake:
    """A model that gives ``columns`` probabilities, all ``value``."""

    columns: int = 3
    value: float = 1 / 3
    passes: list[list[Any]] = field(default_factory=list)

    def prepare(self, texts: Any) -> list[Prepared]:
        return [Prepared(text, 1 + len(text) // 5) for text in texts]

    def answer(self, items: Any) -> np.ndarray:
        self.passes.append([item.content for item in items])
        return np.full((len(items), self.columns), self.value)


class Followed:
    """``fetched`` tells which models were fetched, by their place. ``error`` is raised by whatever is asked; the registry
    hangs until ``answers`` is set. A model's files lie in its entry of ``folders``, by default nowhere: they take no memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: tuple[Event, ...] = ()
        self.models: dict[str, Any] = {}
        self.folders: dict[str, Path] = {}
        self.fetched: list[str] = []
        self.error: Exception | None = None
        self.refusal: Exception | None = None
        self.disagreement: str | None = None
        self.answers = threading.Event()
        self.answers.set()
        monkeypatch.setattr(room.ledger, "read", self._read)
        monkeypatch.setattr(room.ledger, "read_unwitnessed", lambda: self.events)
        monkeypatch.setattr(room, "answering", self._answering)
        monkeypatch.setattr(room, "verified", self._verified)
        monkeypatch.setattr(room, "is_of_this_lake", lambda source: source.startswith("s3://lake/"))
        monkeypatch.setattr(room, "fetch_model", self._fetch)
        monkeypatch.setattr(room, "load_predictor", self._load)

    def promote(self, version: str, model: Any = None, digest: str = "", kind: str = "promoted") -> None:
        self._append(kind, version, model, digest, {})

    def start_rollout(self, version: str, model: Any, *stages: tuple[float, float], digest: str = "", lake: str = "lake") -> None:
        """``stages``: shares of the challenger and of its shadow."""
        plan = [
            {"name": f"stage-{place}", "challenger": round(share * NUM_BUCKETS), "shadow": round(shadow * NUM_BUCKETS)}
            for place, (share, shadow) in enumerate(stages)
        ]
        salt = hashlib.sha256(f"{len(self.events)}".encode()).hexdigest()[:16]
        self._append("rollout_started", version, model, digest, {"salt": salt, "stages": plan}, lake)

    def move(self, stage: int) -> None:
        self._tell("rollout_moved", {"stage": stage})

    def end(self) -> None:
        self._tell("rollout_ended", {})

    def _tell(self, kind: str, facts: dict[str, Any]) -> None:
        started = open_rollout(self.events)
        assert started is not None
        self._add(Draft(kind, "program:rollout", started.version, started.digest, {"rollout": started.sha256, **facts}))

    def _append(self, kind: str, version: str, model: Any, digest: str, facts: dict[str, Any], lake: str = "lake") -> None:
        digest = digest or f"d{version}"
        source = f"s3://{lake}/{version}-{digest}"
        if model is not None or source not in self.models:
            self.models[source] = model or Fake()
        self._add(Draft(kind, "program:test", version, digest, {"source": source, **facts}))

    def _add(self, draft: Draft) -> None:
        self.events = (*self.events, follow(self.events, draft, NOW))

    def _read(self) -> tuple[Event, ...]:
        self.answers.wait(30)
        if self.error:
            raise self.error
        return self.events

    def _answering(self) -> Champion | None:
        head = standing.champion(self._read())
        return self._verified(head) if head else None

    def _verified(self, act: Event) -> Champion:
        if self.refusal:
            raise self.refusal
        return Champion(str(act.version), str(act.facts["source"]), str(act.digest), {}, self.disagreement)

    def _fetch(self, uri: str, digest: str) -> Path:
        self.fetched.append(uri.rpartition("/")[2].partition("-")[0])
        model = self.models[uri]
        if isinstance(model, Exception):
            raise model
        return self.folders.setdefault(uri, Path(uri))

    def _load(self, folder: Path) -> SimpleNamespace:
        (uri,) = [uri for uri, one in self.folders.items() if one == folder]
        return SimpleNamespace(kind="baseline", form="as_trained", reader=self.models[uri])
