"""Make a table of files that nobody described."""

import logging
from pathlib import Path

from reviewloop.adapters.catalog import crawled
from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.config import load_config
from reviewloop.core.delivery.formats import ZIPPED
from reviewloop.core.delivery.text_streams import unzip
from reviewloop.core.lake.inference import FileShape, format_of, merged, shape_of
from reviewloop.core.lake.partitions import partitions_of
from reviewloop.core.lake.statements import NAME
from reviewloop.errors import DataRejected, PermanentError
from reviewloop.refs import TableRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)


def crawl(prefix_uri: str, table: str) -> TableRef:
    """Infer ``table`` from the files under ``prefix_uri`` and keep it in Glue: columns, reader, partitions (``key=value`` folders).

    What the Glue crawler does, on any endpoint, and stricter: every file is read (text whole, Parquet its footer), and files
    that do not go together are an error that names them (``PermanentError``). Run again, it brings the table up to date; it
    never touches a table that no crawl made.
    """
    if not NAME.fullmatch(table):
        raise PermanentError(f"table: {table!r} is no name of a table; lower case letters, digits and _ are")
    s3.require_unsealed(prefix_uri)
    crawled.require_free(table)
    root = prefix_uri.rstrip("/") + "/"
    paths = [path for path in (uri.removeprefix(root) for uri in s3.list_uris(root)) if _is_data(path)]
    if not paths:
        raise PermanentError(f"prefix: no file under {root}")
    keys, folders = partitions_of(paths)
    shapes = [_shape(root, path) for path in paths]
    columns = merged(shapes)
    if both := set(keys) & columns.keys():
        raise PermanentError(f"crawl: {', '.join(sorted(both))} is a folder's key and a column of the files; rename one")
    found = TableRef(
        database=settings().database,
        table=table,
        uri=root.rstrip("/"),
        format=shapes[0].format,
        columns=columns,
        partition_keys=keys,
        num_files=len(paths),
        num_partitions=len(folders) if keys else 0,
    )
    crawled.register(found, {values: f"{root}{folder}" for values, folder in folders.items()}, shapes[0].dialect)
    log.info(
        "Crawled %s: %d %s files, %d columns, %d partitions", root, len(paths), found.format, len(columns), found.num_partitions
    )
    return found


def _is_data(path: str) -> bool:
    """Athena does not read what begins with an underscore or a dot."""
    return bool(path) and not path.endswith("/") and not any(part.startswith(("_", ".")) for part in path.split("/"))


def _shape(root: str, path: str) -> FileShape:
    format_of(path)
    with scratch("crawl") as folder:
        file = folder / "object"
        s3.download(root + path, file)
        try:
            with _plain(path, file, folder).open("rb") as stream:
                return shape_of(path, stream, load_config().dataset.limits)
        except DataRejected as refused:
            raise PermanentError(f"crawl: {refused.reason}") from None


def _plain(path: str, file: Path, folder: Path) -> Path:
    if not path.lower().endswith(ZIPPED):
        return file
    with file.open("rb") as zipped, (folder / "unzipped").open("wb") as sink:
        unzip(path, zipped, sink, load_config().dataset.limits)
    return folder / "unzipped"
