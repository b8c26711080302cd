"""What is wrong with an analyst's statement before it is run: names that the catalog does not hold, a join that multiplies rows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from reviewloop.core.lake.query_reads import check_reads, near
from reviewloop.core.lake.statements import one_statement, shallow
from reviewloop.errors import PermanentError

KEY: Final = "review_id"
DAY: Final = "day"
"""A review's id is unique within its day only: every day's delivery may number its reviews anew."""

REVIEW_DAY: Final = "review_day"
"""Where a table has this column, its ``day`` is that of something else (of a request), and this is the review's."""

Catalog = Mapping[str, Sequence[str]]
"""Table -> its columns, in order."""


def check_query(sql: str, catalog: Catalog, database: str) -> None:
    """Raises ``PermanentError`` in one line for what ``check_reads`` refuses, such as a table that is not in the catalog (of
    ``database``), for an unknown column, and for a join on ``review_id`` without ``day``.

    Such a join is refused and not warned of, because its rows look right, and a result that is written to a file has lost
    every warning. One that compares the days of both sides in any way (``a.day < b.day``) is taken as meant. What cannot be
    known here, such as the columns of ``SELECT *`` in a subquery, is left to the engine.
    """
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        with shallow("query"):
            tree = one_statement("query", sql)
            check_reads(tree, list(catalog), database)
            scopes = list(traverse_scope(tree))
            for scope in scopes:
                _check_columns(scope, catalog)
                _check_joins(scope, catalog)
    except SqlglotError as error:  # such as one alias for two tables
        raise PermanentError(f"query: {str(error).splitlines()[0]}") from None


def _check_columns(scope: Any, catalog: Catalog) -> None:
    visible, outer = {**_sources(scope)}, scope.parent
    while outer is not None:  # a subquery may name what stands outside it
        visible = {**_sources(outer), **visible}
        outer = outer.parent
    columns = {name: _columns(source, catalog) for name, source in visible.items()}
    own = _aliases(scope)
    for column in scope.columns:
        name = column.name.lower()
        if column.table:
            known, place = columns.get(column.table), column.table
        elif name in own or not columns or None in columns.values():
            continue
        else:
            known, place = [item for found in columns.values() for item in found or ()], " or ".join(filter(None, columns))
        if known is not None and name not in {item.lower() for item in known}:
            raise PermanentError(
                f"query: there is no column {column.name!r}{f' in {place}' if place else ''}{near(name, known)}; "
                f"known: {', '.join(dict.fromkeys(known))}"
            )


def _check_joins(scope: Any, catalog: Catalog) -> None:
    keys = {name: (KEY, _day_of(source, catalog)) for name, source in _sources(scope).items() if _numbers_by_day(source, catalog)}
    one_day = {name for name, (_, day) in keys.items() if _is_one_day(scope, name, day)}
    days = [{left, right} for left, right in _related(scope, {name: day for name, (_, day) in keys.items()})]
    for left, right in _related(scope, {name: key for name, (key, _) in keys.items()}, equal=True):
        if not _connected(left, right, days) and not {left, right} <= one_day:
            raise PermanentError(
                f"query: {KEY} is unique within a {DAY} only, so this join mixes the reviews of different days; "
                f"write: ON {left}.{KEY} = {right}.{KEY} AND {left}.{keys[left][1]} = {right}.{keys[right][1]}"
            )


def _sources(scope: Any) -> dict[str, Any]:
    """Alias -> what stands after FROM and JOIN: a table, or the scope of a subquery."""
    return {name: source for name, (_, source) in scope.selected_sources.items()}


def _table(source: Any) -> str | None:
    """The table's name; ``None`` for a subquery."""
    from sqlglot import exp

    return source.name.lower() if isinstance(source, exp.Table) else None


def _columns(source: Any, catalog: Catalog) -> Sequence[str] | None:
    """The columns of a table, or of a subquery that names them; ``None`` where they cannot be known here."""
    name = _table(source)
    if name is not None:
        return catalog[name]
    names = getattr(source, "outer_columns", None) or _selects(source)
    return None if not names or {"*", ""} & set(names) else names


def _selects(source: Any) -> list[str]:
    from sqlglot import exp

    tree = getattr(source, "expression", None)
    return list(tree.named_selects) if isinstance(tree, exp.Query) else []


def _aliases(scope: Any) -> set[str]:
    """What a SELECT calls its own results: the engine says where it may be used."""
    from sqlglot import exp

    return {found.alias.lower() for found in scope.expression.selects if isinstance(found, exp.Alias)}


def _numbers_by_day(source: Any, catalog: Catalog) -> bool:
    """Whether the source holds reviews of several days by their id: a table with both, or a subquery that lists such a table."""
    name = _table(source)
    if name is not None:
        return {KEY, DAY} <= set(catalog[name])
    if not {KEY, "*"} & set(_selects(source)) or source.expression.args.get("group") or source.expression.args.get("distinct"):
        return False
    return any(_numbers_by_day(inner, catalog) for inner in _sources(source).values())


def _day_of(source: Any, catalog: Catalog) -> str:
    """What the source calls the day of a review."""
    return REVIEW_DAY if REVIEW_DAY in (_columns(source, catalog) or _inner_columns(source, catalog)) else DAY


def _inner_columns(source: Any, catalog: Catalog) -> set[str]:
    """Of a subquery that does not name its columns: all that stand in it."""
    inner = [] if _table(source) is not None else _sources(source).values()
    return {column for one in inner for column in _columns(one, catalog) or _inner_columns(one, catalog)}


def _is_one_day(scope: Any, name: str, of_review: str) -> bool:
    """Whether the rows of the source are those of one day: ``day = '...'`` stands here, or in its subquery."""
    from sqlglot import exp

    source = _sources(scope)[name]
    inner = [(source, None)] if not isinstance(source, exp.Table) else []
    for place, table in [(scope, name), *inner]:
        for equation in place.find_all(exp.EQ):
            if {type(equation.left), type(equation.right)} == {exp.Column, exp.Literal}:
                day = equation.find(exp.Column)
                if day.name.lower() == of_review and table in (None, day.table):
                    return True
    return False


def _related(scope: Any, sides: Mapping[str, str], equal: bool = False) -> Iterator[tuple[str, str]]:
    """Pairs of ``sides`` (name -> column) whose columns the statement compares (asks to be ``equal``), by ON, WHERE or USING."""
    from sqlglot import exp

    for found in scope.find_all(exp.EQ if equal else exp.Predicate):
        tables = dict.fromkeys(item.table for item in found.find_all(exp.Column) if item.name.lower() == sides.get(item.table))
        yield from combinations(tables, 2)
    for join in scope.expression.args.get("joins") or ():
        joined = join.alias_or_name
        if sides.get(joined) in {name.name.lower() for name in join.args.get("using") or ()}:
            before = list(sides)[: list(sides).index(joined)]
            yield from ((name, joined) for name in before if sides[name] == sides[joined])


def _connected(left: str, right: str, pairs: Sequence[set[str]]) -> bool:
    reached = {left}
    for _ in pairs:
        reached |= set().union(*(pair for pair in pairs if pair & reached))
    return right in reached
