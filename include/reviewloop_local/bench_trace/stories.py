"""A lake whose ledger tells of many versions: days that were delivered, curated and scored, snapshots, models, and every event.

Generated, and of the shape that the loop leaves. Every third version is refused, every third is rejected by a person, the rest are
promoted; of each promotion the next version's gates know.
"""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import pandas as pd

from reviewloop.adapters.catalog import days as tables
from reviewloop.adapters.lake import artifacts, claims, places, s3
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.core.digests import bytes_digest
from reviewloop.core.monitoring.predictions import COLUMNS
from reviewloop.core.release.events import Draft, Event, follow, object_name, person, program

FIRST_DAY: Final = date(2025, 1, 1)
AT: Final = "2026-01-05T10:00:00+00:00"
WHO: Final = "ada"
_ROWS: Final = 5
"""Reviews of a day, numbered from 1."""
_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Made:
    """One version: ``fate`` is ``refused``, ``rejected`` or ``promoted``; a refused one has no number."""

    version: str
    fate: str
    job_key: str
    digest: str
    source: str
    snapshot: artifacts.Artifact


def days(num_days: int) -> dict[str, str]:
    """Lay raw deliveries and curated batches; gives the batch of each day."""
    named = [(FIRST_DAY + timedelta(days=at)).isoformat() for at in range(num_days)]
    return dict(zip(named, _parallel(_day, named), strict=True))


def _day(day: str) -> str:
    raw = artifacts.publish(places.raw(day), {"reviews.csv": f"delivery of {day}".encode()})
    rows = pd.DataFrame(
        {"review_id": range(1, _ROWS + 1), "title": [None] * _ROWS, "text": [f"text {n} of {day}" for n in range(_ROWS)]}
    )
    origin = json.dumps({"delivery": raw.uri.rpartition("/")[2]}).encode()
    files = {"reviews.parquet": to_parquet(rows), "_origin.json": origin}
    return artifacts.publish(places.curated(day), files, folder="batch={digest}").digest[:16]


def score(day: str, batch: str, by: Made, rollout: str = "") -> str:
    """Lay the predictions of a day, which count from then on; gives their URI."""
    rows = pd.DataFrame({name: [None] * _ROWS for name in COLUMNS}).assign(
        p_negative=int(bytes_digest(f"{by.digest} {rollout}".encode())[:4], 16) / 65536,
        review_id=range(1, _ROWS + 1),
        prediction="positive",
        model_version=by.version,
        reviews_batch=batch,
    )
    meta = {"curated_uri": places.curated_batch(day, batch), "model_version": by.version, "model_uri": by.source}
    meta |= {"model_digest": by.digest} | ({"rollout": rollout} if rollout else {})
    made = artifacts.publish(places.predictions(day), {"predictions.parquet": to_parquet(rows)}, meta, folder="batch={digest}")
    place = places.current(tables.predictions_table().name, day)
    note = {"batch": made.uri.rpartition("=")[2], "landed_at": "", "generation": 1}
    if claims.take(place, **note) is None and (claim := claims.read(place)):
        claims.update(claim, **note)
    return made.uri


def versions(num: int, batches: dict[str, str], whole: Iterable[int]) -> Iterator[tuple[Made, list[Draft]]]:
    """Each model with its events, in order. Those of ``whole`` (from 1) have files and reports in the lake, all have snapshots."""
    laid, answering, number = set(whole), "", 0
    snapshots = _parallel(partial(_snapshot, batches=batches), list(range(1, num + 1)))
    for at, snapshot in enumerate(snapshots, start=1):
        fate = ("promoted", "refused", "rejected")[at % 3 - 1]
        number += fate != "refused"
        job_key = bytes_digest(f"job {at}".encode())
        digest, source = _model(at, at in laid)
        made = Made(str(number) if fate != "refused" else "", fate, job_key, digest, source, snapshot)
        yield made, list(_events(at, made, answering, at in laid))
        answering = made.version if fate == "promoted" else answering


def _snapshot(at: int, batches: dict[str, str]) -> artifacts.Artifact:
    return artifacts.publish(places.features(), {"snapshot.json": f"snapshot {at}".encode()}, {"batches": batches, "num_train": at})


def _model(at: int, is_laid: bool) -> tuple[str, str]:
    if is_laid:
        found = artifacts.publish(places.models("baseline"), {"model.json": f"model {at}".encode()})
        return found.digest, found.uri
    digest = bytes_digest(f"model {at}".encode())
    return digest, f"{places.models('baseline')}/{digest[:16]}"


def _events(at: int, made: Made, answering: str, is_laid: bool) -> Iterator[Draft]:
    lineage = {
        "job_key": made.job_key, "kind": "baseline", "features_uri": made.snapshot.uri, "features_digest": made.snapshot.digest,
        "last_day": FIRST_DAY.isoformat(), "config_digest": bytes_digest(b"config"), "gates_digest": bytes_digest(b"gates"),
        "git_commit": bytes_digest(f"commit {at // 20}".encode())[:40], "git_dirty": "false", "lock_digest": bytes_digest(b"lock"),
        "code_digest": bytes_digest(f"code {at // 20}".encode()), "base_model": "package:encoder", "base_model_pin": "sha256:ab",
        "dag_run": f"run-{at}", "seed": "7", "trigger": "new data", "epochs": "2", "learning_rate": "0.0001",
        "training_digest": bytes_digest(b"training"), "model_uri": made.source,
    }  # fmt: skip
    report = json.dumps({"verdict": "pass", "at": at}).encode()
    uri = places.reports("model", made.job_key[:16], "report.json")
    if is_laid:
        s3.write_bytes(uri, report)
    refused_by = "fairness" if made.fate == "refused" else ""
    verdict = {
        "job_key": made.job_key, "verdict": "refused" if refused_by else "passed", "refused_by": refused_by, "against": answering,
        "gates_digest": "g", "report_uri": uri, "report_digest": bytes_digest(report), "lineage": lineage,
    }  # fmt: skip
    yield Draft("judged", program("gate_model"), None, made.digest, verdict)
    if made.fate == "refused":
        return
    told: dict[str, Any] = {"version": made.version, "digest": made.digest}
    yield Draft("registered", program("register"), facts={"job_key": made.job_key, "source": made.source}, **told)
    shown = bytes_digest(f"shown {at}".encode())
    yield Draft("asked", program("ask"), facts={"shown": shown, "replaces": answering}, **told)
    said = "approved" if made.fate == "promoted" else "rejected"
    yield Draft(said, person(WHO), facts={"asked": "", "shown": shown, "answered_at": AT, "note": ""}, **told)
    if made.fate == "promoted":
        facts = {"approval": "", "replaces": answering, "source": made.source, "record": "", "rollout": ""}
        yield Draft("promoted", program("promote"), facts=facts, **told)


def chain(drafts: Iterable[Draft]) -> tuple[Event, ...]:
    """The drafts as events, each answer and promotion naming the event that it is to."""
    last: Event | None = None
    found: list[Event] = []
    for draft in drafts:
        facts = dict(draft.facts)
        name = {"approved": "asked", "rejected": "asked", "promoted": "approval"}.get(draft.kind)
        if name and last is not None and not facts.get(name):
            facts[name] = last.sha256
        last = follow((last,) if last else (), Draft(draft.kind, draft.by, draft.version, draft.digest, facts), AT)
        found.append(last)
    return tuple(found)


def lay(events: Iterable[Event]) -> None:
    """Put the events where the ledger has them."""
    _parallel(lambda event: s3.write_bytes(places.ledger(object_name(event.number)), event.to_bytes()), list(events))


def _parallel(make: Any, of: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(make, of))
