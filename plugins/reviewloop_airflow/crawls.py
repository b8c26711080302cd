"""What ``lake_crawl`` asks of its run: which crawler, and the statement that proves its table."""

from collections.abc import Mapping
from typing import Any

from reviewloop.adapters.catalog import athena
from reviewloop.adapters.lake import s3
from reviewloop.core.lake.statements import TableName
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


def choose_engine(engine: str, prefix: str, table: str) -> str:
    """The crawl that the run's params ask for: the task ``crawl``, or ``glue_crawler``.

    Raises ``ConfigError`` where AWS's crawler lacks its role, or would name the table otherwise, and ``PermanentError`` for a
    prefix that holds the sealed test part.
    """
    s3.require_unsealed(prefix)
    if engine == "reviewloop":
        return "crawl"
    if not settings().glue_role:
        raise ConfigError("REVIEWLOOP_GLUE_ROLE: empty; name the IAM role that AWS's crawler may use, or take engine reviewloop")
    named = prefix.rstrip("/").rsplit("/", 1)[-1].lower().replace("-", "_")
    if named != table:
        raise ConfigError(f"table: AWS's crawler names the table after its folder: {named!r}, not {table!r}")
    return "glue_crawler"


def crawler_config() -> dict[str, Any]:
    """AWS's crawler for the run's prefix, as a template."""
    return {
        "Name": "reviewloop-{{ params.table }}",
        "Role": settings().glue_role,
        "DatabaseName": settings().database,
        "Targets": {"S3Targets": [{"Path": "{{ params.prefix }}"}]},
    }


def count_statement(context: Mapping[str, Any]) -> str:
    """``include/sql/count_table.sql`` for the run's table. The workgroup that it will run in is there after this."""
    athena.ensure_workgroup()
    return athena.held_to_catalog("count_table", athena.statement("count_table", table=TableName(context["params"]["table"])))
