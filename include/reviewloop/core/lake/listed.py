"""A statement held to the catalog: of each partitioned table it reads the partitions that the catalog lists, and no other.

On AWS, Athena reads no other anyway, and the condition changes nothing. The local emulator reads every file below a table's
folder, also of a partition that was never registered, or was dropped: without the condition a forgotten registration would pass
every test, and a superseded batch would be counted beside the one that counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewloop.core.lake.statements import one_statement


@dataclass(frozen=True)
class Listed:
    """The partition keys of a table, and the values of each partition that the catalog lists, in the keys' order."""

    keys: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]


def tables_in(what: str, sql: str) -> list[str]:
    """The tables that the one statement in ``sql`` reads, in lower case; names that it gives to its own queries are left out.

    Raises ``PermanentError``, beginning with ``what``, for what is not one statement.
    """
    return sorted({table.name.lower() for table in _tables(one_statement(what, sql))})


def only_listed(what: str, sql: str, listed: Mapping[str, Listed]) -> str:
    """The statement, reading only listed partitions of the tables in ``listed``; in Athena's dialect."""
    from sqlglot import exp

    tree = one_statement(what, sql)
    for table in _tables(tree):
        partitions = listed.get(table.name.lower())
        if partitions is None:
            continue
        name = table.alias or table.name
        kept = exp.select("*").from_(exp.table_(table.this.copy(), db=table.args.get("db"))).where(_is_listed(partitions))
        table.replace(kept.subquery(exp.to_identifier(name, quoted=True)))
    return str(tree.sql(dialect="athena", comments=False))


def _tables(tree: Any) -> list[Any]:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    own = {id(source) for scope in traverse_scope(tree) for source in scope.sources.values() if isinstance(source, exp.Table)}
    return [table for table in tree.find_all(exp.Table) if id(table) in own]


def _is_listed(partitions: Listed) -> Any:
    from sqlglot import exp

    if not partitions.values:
        return exp.false()
    rows = [_row([exp.convert(value) for value in values]) for values in partitions.values]
    return exp.In(this=_row([exp.column(key, quoted=True) for key in partitions.keys]), expressions=rows)


def _row(items: Sequence[Any]) -> Any:
    from sqlglot import exp

    return items[0] if len(items) == 1 else exp.Tuple(expressions=list(items))
