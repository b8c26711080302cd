"""SQL in Athena's dialect, changed only in its syntax tree: a value can only be a literal, a table or a column only a name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.errors import PermanentError

NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,127}")
"""What a table or a column may be called in the catalog."""

LISTING: Final = "`query` without a statement lists the tables and their columns"
_SCHEMA: Final = re.compile(r"\s*(SHOW|DESCRIBE|DESC)\b", re.IGNORECASE)


@dataclass(frozen=True)
class TableName:
    """A parameter that stands for a table: ``FROM :table``."""

    name: str


@dataclass(frozen=True)
class ColumnNames:
    """A parameter that stands for columns: ``SELECT :columns``, ``GROUP BY :columns``."""

    names: tuple[str, ...]


Value = str | int | float
Parameter = Value | Sequence[Value] | TableName | ColumnNames


def bind(name: str, sql: str, params: Mapping[str, Parameter]) -> str:
    """The one statement in ``sql`` with every ``:named`` parameter as a literal, in Athena's dialect.

    A list fills ``IN (:name)``, a ``TableName`` a ``FROM :name``, ``ColumnNames`` a ``SELECT :name`` or
    a ``GROUP BY :name``. ``name`` is the file's, for
    the errors. Raises ``PermanentError`` when the names do not match those in the statement, or a list is empty.
    """
    from sqlglot import exp

    tree = one_statement(f"{name}.sql", sql)
    holes = list(tree.find_all(exp.Placeholder))
    wrong = {hole.name for hole in holes} ^ set(params)
    if wrong:
        raise PermanentError(f"{name}.sql: parameters do not match the statement: {', '.join(sorted(wrong))} missing or unknown")
    for hole in holes:
        value = params[hole.name]
        if isinstance(value, TableName) != isinstance(hole.parent, exp.Table):
            raise PermanentError(f"{name}.sql: :{hole.name}: a table's name goes after FROM, and nothing else does")
        if isinstance(value, TableName):
            if not NAME.fullmatch(value.name):
                raise PermanentError(f"{name}.sql: :{hole.name}: {value.name!r} is no name of a table; allowed: {NAME.pattern}")
            hole.replace(exp.to_identifier(value.name, quoted=True))
            continue
        if isinstance(value, ColumnNames):
            _select(name, hole, value)
            continue
        values = [value] if isinstance(value, (str, int, float)) else list(value)
        if not values:
            raise PermanentError(f"{name}.sql: :{hole.name} is an empty list; ask only when there is something to ask for")
        literals = [exp.convert(item) for item in values]
        if isinstance(hole.parent, exp.In) and hole.arg_key == "expressions":
            others = [item for item in hole.parent.expressions if item is not hole]
            hole.parent.set("expressions", [*others, *literals])
        elif len(literals) == 1:
            hole.replace(literals[0])
        else:
            raise PermanentError(f"{name}.sql: :{hole.name} is a list of {len(values)}; only IN (:{hole.name}) takes a list")
    return str(tree.sql(dialect="athena", comments=False))


def _select(name: str, hole: Any, columns: ColumnNames) -> None:
    """Put the columns, as quoted names, into the SELECT or GROUP BY list that ``hole`` stands in."""
    from sqlglot import exp

    if not isinstance(hole.parent, (exp.Select, exp.Group)) or hole.arg_key != "expressions":
        raise PermanentError(f"{name}.sql: :{hole.name}: columns go into the list of a SELECT or a GROUP BY, and nowhere else")
    if wrong := [column for column in columns.names if not NAME.fullmatch(column)]:
        raise PermanentError(f"{name}.sql: :{hole.name}: {wrong[0]!r} is no name of a column; allowed: {NAME.pattern}")
    if not columns.names:
        raise PermanentError(f"{name}.sql: :{hole.name} names no column; ask only when there is something to ask for")
    place = next(at for at, item in enumerate(hole.parent.expressions) if item is hole)
    named = [exp.column(column, quoted=True) for column in columns.names]
    hole.parent.set("expressions", [*hole.parent.expressions[:place], *named, *hole.parent.expressions[place + 1 :]])


def select_only(sql: str, limit: int | None) -> str:
    """An analyst's statement, which may only read, with at most ``limit`` rows where one is given.

    Raises ``PermanentError`` in one line for anything but one SELECT (or WITH ... SELECT).
    """
    if asked := _SCHEMA.match(sql):
        raise PermanentError(f"query: {asked[1].upper()} is not needed here: {LISTING}")
    with shallow("query"):
        tree = one_statement("query", sql)
        require_select(tree)
        own = tree.args.get("limit")
        fewer = limit is not None and (own is None or not str(own.expression).isdecimal() or int(str(own.expression)) > limit)
        return str((tree.limit(limit) if fewer else tree).sql(dialect="athena", comments=False))


def require_select(tree: Any) -> None:
    """Raises ``PermanentError`` unless ``tree`` is one SELECT in which nothing writes."""
    from sqlglot import exp

    if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
        raise PermanentError(f"query: only a SELECT can be run here, this is {tree.sql(dialect='athena').split()[0].upper()}")
    for found in tree.find_all(exp.Into, exp.DDL, exp.DML, exp.Command):
        raise PermanentError(f"query: only a SELECT that reads can be run here, and {type(found).__name__.upper()} writes")


def unload(statement: str, uri: str) -> str:
    """``statement`` as an UNLOAD of its result into Parquet files under ``uri``."""
    from sqlglot import exp

    return f"UNLOAD ({statement}) TO {exp.convert(uri + '/').sql(dialect='athena')} WITH (format = 'PARQUET')"


@contextmanager
def shallow(what: str) -> Iterator[None]:
    """Inside, a tree that is deeper than Python's stack is a ``PermanentError``: whoever reads one calls himself at each level."""
    try:
        yield
    except RecursionError:
        raise PermanentError(f"{what}: is nested too deep to be read; write it flatter, such as with IN for many ORs") from None


def one_statement(what: str, sql: str) -> Any:
    """The syntax tree of the one statement that ``sql`` holds; raises ``PermanentError``, beginning with ``what``, for others."""
    import sqlglot

    try:
        statements = [found for found in sqlglot.parse(sql, read="athena") if found is not None]
    except sqlglot.errors.SqlglotError as error:
        raise PermanentError(f"{what}: {str(error).splitlines()[0]}") from None
    if len(statements) != 1:
        raise PermanentError(f"{what}: holds {len(statements) or 'no'} statements; one is allowed")
    return statements[0]
