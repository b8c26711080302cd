"""Captured records, as the endpoint ships them."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from reviewloop.adapters.lake import places, s3
from reviewloop.core.captures.records import write_object

DAY, NEXT = "2026-01-02", "2026-01-03"
SENTIMENTS = ("negative", "neutral", "positive")
_seq = count(1)


def prediction(sentiment: str = "positive", p: float = 0.8) -> dict[str, Any]:
    shares = {name: p if name == sentiment else round((1 - p) / 2, 6) for name in SENTIMENTS}
    return {"sentiment": sentiment, "probabilities": shares}


def review(
    text: str = "a lovely dress", review_id: int | None = None, day: str | None = None, title: str | None = None
) -> dict[str, Any]:
    return {"title": title, "text": text, "review_id": review_id, "dataset": "womens_clothing" if review_id else None, "day": day}


def numbered(record: Mapping[str, Any], spool: str = "a", seq: int | None = None, dropped: int = 0) -> dict[str, Any]:
    return {"spool": spool, "seq": next(_seq) if seq is None else seq, "dropped": dropped, **record}


def answer(
    request_id: str, *reviews: dict[str, Any], said: str | None = "positive", day: str = DAY, **fields: Any
) -> dict[str, Any]:
    reviews = reviews or (review(),)
    record = {
        "received_at": f"{day}T10:00:00.000000+00:00", "event": "answer", "request_id": request_id, "unit": f"unit-{request_id}",
        "sticky": True, "generation": 7, "rollout": "", "stage": "", "arm": "champion", "version": "1", "kind": "baseline",
        "form": "torch", "digest": "d1", "status": 200, "latency_ms": 4.0, "caller": "shop", "traceparent": None,
        "reviews": list(reviews), "predictions": [prediction(said) for _ in reviews] if said else None, "error": None,
    }  # fmt: skip
    return {**record, **fields}


def shadow(request_id: str, said: str | None = "negative", num: int = 1, day: str = DAY, **fields: Any) -> dict[str, Any]:
    record = {
        "received_at": f"{day}T10:00:01.000000+00:00", "event": "shadow", "request_id": request_id, "generation": 7, "rollout": "",
        "stage": "", "arm": "challenger", "version": "2", "digest": "d2", "status": 200, "latency_ms": 5.0,
        "predictions": [prediction(said)] * num if said else None, "error": None,
    }  # fmt: skip
    return {**record, **fields}


def feedback(
    request_id: str, sentiment: str = "neutral", index: int = 0, day: str = DAY, at: str = "11:00:00", **fields: Any
) -> dict[str, Any]:
    record = {
        "received_at": f"{day}T{at}.000000+00:00", "event": "feedback", "request_id": request_id, "index": index,
        "sentiment": sentiment, "by": "ann",
    }  # fmt: skip
    return {**record, **fields}


def put(*records: Mapping[str, Any], day: str = DAY) -> str:
    """One object of these records, which get the next numbers of their spool where they have none; gives its URI."""
    lines = [record if "seq" in record else numbered(record) for record in records]
    name = f"day={day}/{lines[0]['spool']}/{lines[0]['seq']:012d}-{lines[-1]['seq']:012d}.jsonl.gz"
    return s3.write_bytes(places.captured(name), write_object(name, lines), "application/gzip")
