"""A clean day, under the contract's headers, in forms that no reader should guess at: bytes for ``mutations.OF_FILE``."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewloop.contracts import load_contract
from reviewloop_local.sample.reviews import to_csv_bytes


def undoubled(rows: pd.DataFrame) -> bytes:
    """CSV of a writer that puts quotes around cells and forgets those inside."""
    told = rows.copy()
    told[_header("text")] += ', "really"'
    return to_csv_bytes(told).replace(b'""', b'"')


def either_way(rows: pd.DataFrame) -> bytes:
    """TSV with two quotes, one at the beginning of a text and one at the end of the next: one review, or two?"""
    number, text, title = (_header(field) for field in ("review_id", "text", "title"))
    texts = [" ".join(str(cell).replace('"', "").split()) for cell in rows[text].fillna("Fine")]
    texts[3], texts[4] = f'"{texts[3]}', f'{texts[4]}"'
    told = rows.copy()
    told[number], told[text], told[title] = range(len(rows), 0, -1), texts, rows[title].str.replace('"', "")
    cells = told.fillna("").astype(str)
    return "".join("\t".join(line) + "\n" for line in [list(cells), *cells.itertuples(index=False)]).encode()


def cut_off(rows: pd.DataFrame) -> bytes:
    """CSV without the end of its last row."""
    return to_csv_bytes(rows)[:-40]


def json_array(rows: pd.DataFrame) -> bytes:
    """All rows as one array."""
    return json.dumps(_objects(rows)).encode()


def json_indented(rows: pd.DataFrame) -> bytes:
    """An object a row, over many lines."""
    return "\n".join(json.dumps(row, indent=2) for row in _objects(rows)).encode()


def json_by_column(rows: pd.DataFrame) -> bytes:
    """One object of columns, as pandas writes it unless told otherwise."""
    return rows.to_json().encode()


def python_dicts(rows: pd.DataFrame) -> bytes:
    """A line a row, written by ``str``."""
    return "\n".join(str(row) for row in _objects(rows)).encode()


def float_ids(rows: pd.DataFrame) -> bytes:
    """Parquet with ids of 19 digits that went through floats: they are other numbers now."""
    sink = io.BytesIO()
    number = _header("review_id")
    rows.assign(**{number: (1729384756102938475 + rows[number]).astype(float)}).to_parquet(sink, index=False)
    return sink.getvalue()


def _header(field: str) -> str:
    return load_contract().headers()[field]


def _objects(rows: pd.DataFrame) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(rows.to_json(orient="records"))
    return found
