"""Query results as Parquet on S3: by Athena's UNLOAD where the engine has it, by its result file where it has not."""

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import pandas as pd

from reviewloop.adapters.catalog import athena
from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.core.lake.statements import Parameter, unload
from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)

LEFTOVER_SECONDS: Final = 2 * athena.MAX_WAIT_SECONDS
"""After this long nobody reads a result any more: the query ends in half of it, and its reading takes seconds."""
_NO_UNLOAD: Final = re.compile(r"(syntax error at or near|mismatched input|extraneous input)\s+[\"']UNLOAD", re.IGNORECASE)
"""How a parser says that it does not know the word. Any other refusal of an UNLOAD is the statement's own fault."""


def query_frame(name: str, **params: Parameter) -> pd.DataFrame:
    """The result of ``include/sql/<name>.sql``, read from its Parquet files: for many rows, and an empty text stays one.

    In no order, whatever the statement says: UNLOAD may write several files. They hold rows of the sealed part too, so they are
    deleted when they are read, or the reading has failed; what a kill has left is deleted by the next call. Raises like
    ``athena.query``.
    """
    _clear_leftovers()
    place = f"{_unloaded()}{uuid4().hex}"
    try:
        uris = query_to_parquet(name, place, **params)
        if not uris:  # UNLOAD writes no file for no row
            return athena.query(name, **params)
        return pd.concat([from_parquet(s3.read_bytes(uri)) for uri in uris], ignore_index=True)
    finally:
        s3.remove(f"{place}/")


def _unloaded() -> str:
    return f"{athena.output_uri()}unload/"


def _clear_leftovers() -> None:
    """Delete what is too old to be another task's that is still reading."""
    before = datetime.now(UTC) - timedelta(seconds=LEFTOVER_SECONDS)
    for uri in list(s3.list_uris(_unloaded())):
        if s3.last_modified(uri) < before:
            log.info("%s: left by a task that was killed; removed", uri)
            s3.remove(uri)


def query_to_parquet(name: str, uri: str, **params: Parameter) -> list[str]:
    """Write the result of ``include/sql/<name>.sql`` as Parquet files under ``uri``; returns their URIs.

    ``uri`` must be a prefix without objects, as Athena itself demands. The engine's own answer decides which way is taken;
    the statement is the same. UNLOAD may write several files, and rows of one ORDER BY in any file. Raises like
    ``athena.query``.
    """
    return statement_to_parquet(f"query {name}", athena.statement(name, **params), uri)


def statement_to_parquet(what: str, statement: str, uri: str) -> list[str]:
    """Like ``query_to_parquet``, for a statement as text; errors begin with ``what``."""
    place = uri.rstrip("/")
    if next(s3.list_uris(f"{place}/"), None):
        raise PermanentError(f"{what}: {place}/ holds objects already; name a fresh prefix")
    try:
        athena.execute(what, unload(athena.held_to_catalog(what, statement), place))
    except PermanentError as error:
        if not _NO_UNLOAD.search(str(error)):
            raise
        log.info("This engine has no UNLOAD: %s goes through its result file", what)
        s3.write_bytes(f"{place}/result.parquet", to_parquet(athena.run(what, statement)))
    return list(s3.list_uris(f"{place}/"))
