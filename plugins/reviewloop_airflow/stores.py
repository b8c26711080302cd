"""What Airflow itself stores: where its logs lie, and how large its database is."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from airflow.sdk.configuration import conf

_KEPT_SECONDS: Final = 600.0
_SIZES: Final = {
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = database()",
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
}
"""By the kind of database: the statement that says how many bytes it has."""
_seen: dict[str, tuple[float, int]] = {}


def log_folders(_: Mapping[str, Any]) -> list[str]:
    """Where logs of tasks lie on this machine, and lineage events where a file is their transport."""
    found = [conf.get("logging", "base_log_folder")]
    transport = json.loads(conf.get("openlineage", "transport", fallback="") or "{}")
    if transport.get("type") == "file" and transport.get("log_file_path"):
        found.append(str(Path(transport["log_file_path"]).parent))
    return found


def database_size() -> int:
    """Bytes of Airflow's database, at most ten minutes old; for the web server, which alone may ask it."""
    from airflow.utils.session import create_session
    from sqlalchemy import text

    with create_session(scoped=False) as session:
        kind = session.get_bind().dialect.name
        at, num_bytes = _seen.get(kind, (0.0, 0))
        if not num_bytes or time.monotonic() - at > _KEPT_SECONDS:
            num_bytes = int(session.execute(text(_SIZES[kind])).scalar_one())
            _seen[kind] = time.monotonic(), num_bytes
    return num_bytes
