"""The table ``captures``: a row for each review of each request, with what came of it later."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from reviewloop.core.captures.records import ANSWER, FEEDBACK, SHADOW, Record, event_of, in_time
from reviewloop.core.reviews import SENTIMENTS

COLUMNS: Final = {
    "request_id": "string",
    "review_index": "bigint",
    "received_at": "string",
    "unit": "string",
    "sticky": "boolean",
    "generation": "bigint",
    "rollout": "string",
    "stage": "string",
    "arm": "string",
    "version": "string",
    "kind": "string",
    "form": "string",
    "digest": "string",
    "status": "bigint",
    "latency_ms": "double",
    "caller": "string",
    "dataset": "string",
    "review_day": "string",
    "review_id": "bigint",
    "product": "string",
    "title": "string",
    "text": "string",
    "sentiment": "string",
    "p_negative": "double",
    "p_neutral": "double",
    "p_positive": "double",
    "error": "string",
    "shadow_version": "string",
    "shadow_digest": "string",
    "shadow_status": "bigint",
    "shadow_latency_ms": "double",
    "shadow_sentiment": "string",
    "shadow_p_negative": "double",
    "shadow_p_neutral": "double",
    "shadow_p_positive": "double",
    "shadow_error": "string",
    "shadow_tokens": "bigint",
    "feedback": "string",
    "feedback_at": "string",
    "feedback_by": "string",
    "erased": "boolean",
}
"""Columns and Hive types."""

COMMENTS: Final = {
    "request_id": "as the answer gave it to the caller",
    "review_index": "place of the review in its request, from 0",
    "received_at": "when the request came in, ISO 8601, UTC",
    "unit": "what was assigned to an arm: the caller's key, else the review, else the request",
    "sticky": "whether the unit outlives the request",
    "generation": "number of the ledger's event that the endpoint followed",
    "rollout": "SHA-256 of the event that started the rollout; missing without one",
    "stage": "of the rollout",
    "arm": "champion or challenger: whose version answered",
    "version": "in the MLflow registry",
    "kind": "of the model",
    "form": "in which the model was served",
    "digest": "of the model's files",
    "status": "of HTTP; from 500 on there is no prediction",
    "latency_ms": "from the first byte of the request to its answer",
    "caller": "name of the key that was shown; missing where none is asked for",
    "dataset": "of the review, as the caller named it",
    "review_day": "of the review's delivery, as the caller named it: join on review_id and this",
    "review_id": "of the review, as the caller named it",
    "product": "of the review, as the caller named it",
    "title": "as it was sent",
    "text": "as it was sent; missing where it was erased",
    "sentiment": "that was answered: negative, neutral or positive",
    **{f"p_{name}": f"how probable {name} is, 0 to 1" for name in SENTIMENTS},
    "error": "why there is no answer",
    "shadow_version": "the challenger that read the same request unseen",
    "shadow_digest": "of its files",
    "shadow_status": "as status; 0 where it was left out for want of room",
    "shadow_latency_ms": "of the challenger's reading alone",
    "shadow_sentiment": "that the challenger would have answered",
    **{f"shadow_p_{name}": f"how probable {name} is to the challenger" for name in SENTIMENTS},
    "shadow_error": "why the challenger has none",
    "shadow_tokens": "of the request; missing where the record does not tell",
    "feedback": "the true sentiment, as somebody said later",
    "feedback_at": "when, ISO 8601, UTC",
    "feedback_by": "who",
    "erased": "whether title, text and names were erased on request",
}

_DTYPES: Final = {"string": "string", "bigint": "Int64", "double": "Float64", "boolean": "boolean"}
DTYPES: Final = {name: _DTYPES[kind] for name, kind in COLUMNS.items()}
"""Columns and pandas dtypes."""
_OF_ANSWER: Final = ("generation", "rollout", "stage", "version", "kind", "form", "digest", "latency_ms", "caller", "error")
_OF_SHADOW: Final = ("version", "digest", "status", "latency_ms", "error")


def capture_rows(records: Iterable[Record]) -> pd.DataFrame:
    """One row of ``COLUMNS`` for each review of each answer among the records, by time. A failed request has its rows too: two of
    each review where one arm failed and the other answered in its place.

    Shadows and feedback find their answer by its request id, whatever came first: of two that of the lower number, which the caller
    saw. Of the feedback to one review the first counts;
    a later one replaces it only where it says that it is a correction.
    """
    ordered = in_time(records)
    answers = [record for record in ordered if event_of(record) == ANSWER]
    shadows, feedback = _shadows(ordered), _feedback(ordered)
    seen: set[str] = set()
    rows: list[dict[str, Any]] = []
    for answer in answers:
        request_id = answer["request_id"]
        first = request_id not in seen  # who sends an id a second time is told of by the first
        seen.add(request_id)
        rows += _rows(answer, shadows.get(request_id, {}) if first else {}, feedback if first else {})
    columns = {name: _column([row.get(name) for row in rows], kind) for name, kind in COLUMNS.items()}
    return pd.DataFrame(columns)


def _rows(answer: Record, shadow: Record, feedback: Mapping[tuple[str, int], Record]) -> Iterator[dict[str, Any]]:
    request_id = answer["request_id"]
    common = {name: answer.get(name) for name in _OF_ANSWER} | {
        "request_id": request_id,
        "received_at": answer["received_at"],
        "unit": answer.get("unit"),
        "sticky": answer.get("sticky", False),
        "arm": answer.get("arm", "champion"),
        "status": answer.get("status", 200),
    }
    common |= {f"shadow_{name}": shadow.get(name) for name in _OF_SHADOW} | {"shadow_tokens": shadow.get("num_tokens")}
    reviews = answer.get("reviews")
    for index, review in enumerate(reviews if isinstance(reviews, list) else []):
        given = review if isinstance(review, Mapping) else {}
        said = feedback.get((request_id, index), {})
        yield {
            **common,
            "review_index": index,
            **{name: given.get(name) for name in ("dataset", "review_id", "product", "title", "text")},
            "review_day": given.get("day"),
            "erased": given.get("erased", False),
            **_prediction(answer, index, ""),
            **_prediction(shadow, index, "shadow_"),
            "feedback": said.get("sentiment"),
            "feedback_at": said.get("received_at"),
            "feedback_by": said.get("by", said.get("source")),
        }


def _prediction(record: Record, index: int, prefix: str) -> dict[str, Any]:
    found = record.get("predictions")
    one = found[index] if isinstance(found, list) and index < len(found) else None
    if not isinstance(one, Mapping):
        return {}
    shares = one.get("probabilities")
    shares = shares if isinstance(shares, Mapping) else {}
    return {f"{prefix}sentiment": one.get("sentiment"), **{f"{prefix}p_{name}": shares.get(name) for name in SENTIMENTS}}


def _shadows(ordered: Iterable[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in ordered:
        if event_of(record) == SHADOW:
            found.setdefault(record["request_id"], record)
    return found


def _feedback(ordered: Iterable[Record]) -> dict[tuple[str, int], Record]:
    found: dict[tuple[str, int], Record] = {}
    for record in ordered:
        index = record.get("index")
        if event_of(record) == FEEDBACK and isinstance(index, int) and record.get("sentiment") in SENTIMENTS:
            place = (record["request_id"], index)
            if record.get("correction") is True:
                found[place] = record
            else:
                found.setdefault(place, record)
    return found


def _column(values: list[Any], kind: str) -> "pd.Series[Any]":
    clean = {"string": _text, "bigint": _whole, "double": _number, "boolean": _truth}[kind]
    return pd.Series([clean(value) for value in values], dtype=_DTYPES[kind])


def _text(value: Any) -> Any:
    # Half of a surrogate pair is no text to Parquet; it must not stop a day.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None


def _whole(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63 else None


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None


def _truth(value: Any) -> Any:
    return value if isinstance(value, bool) else None
