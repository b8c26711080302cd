"""What an analyst's statement may touch: the catalog's own tables, and functions that only compute. All else is refused.

The engine is not trusted to refuse it: to the local one a name after FROM may be a file, and a function a way to read one.
"""

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, Final

from reviewloop.core.lake.functions import FUNCTIONS
from reviewloop.core.lake.statements import LISTING, NAME, require_select
from reviewloop.errors import PermanentError

_CALL: Final = re.compile(r"(\w+)(?:\(|$)")
"""How a function begins once it is written in Athena's dialect; some, such as ``CURRENT_DATE``, go without parentheses."""

_OF_THE_SESSION: Final = {
    "current_catalog",
    "current_database",
    "current_path",
    "current_role",
    "current_schema",
    "session_user",
    "user",
}
"""To an engine these are functions without parentheses where no column is called so."""


def check_reads(tree: Any, tables: Collection[str], database: str) -> None:
    """Raises ``PermanentError`` in one line unless ``tree`` reads ``tables`` (of ``database``), and calls ``FUNCTIONS``, alone."""
    from sqlglot import exp

    require_select(tree)
    for node in tree.walk():
        if isinstance(node, exp.With):
            _check_with(node)
        elif isinstance(node, exp.Table):
            _check_table(node, tables, database)
        elif isinstance(node, exp.Func):
            _check_function(node)
        elif isinstance(node, exp.Column) and not node.table and node.name.lower() in _OF_THE_SESSION:
            raise PermanentError(f"query: {node.name} tells of the session, not of reviews; name a column as table.column")
        elif isinstance(node, (exp.Parameter, exp.SessionParameter, exp.Placeholder)):
            raise PermanentError(f"query: {node.sql(dialect='athena')} stands for a value that nobody gives; write the value")


def _check_with(node: Any) -> None:
    if node.args.get("recursive"):
        raise PermanentError("query: WITH RECURSIVE is not allowed; the tables here hold no trees")
    for common in node.expressions:
        if not NAME.fullmatch(common.alias.lower()):
            raise PermanentError(f"query: WITH {common.alias!r}: is no name of a table; allowed: {NAME.pattern}")


def _check_table(node: Any, tables: Collection[str], database: str) -> None:
    from sqlglot import exp

    if not isinstance(node.this, exp.Identifier):
        shown = " ".join(node.sql(dialect="athena").split())[:60]
        raise PermanentError(f"query: {shown}: a function after FROM is not allowed; tables are: {_known(tables)}")
    name, place = node.name.lower(), ".".join(part for part in (node.catalog, node.db) if part)
    if node.db.lower() == "information_schema":
        raise PermanentError(f"query: information_schema is not needed here: {LISTING}")
    if place and (node.catalog or node.db.lower() != database.lower()):
        raise PermanentError(f"query: {place}.{node.name}: is outside of this lake's catalog; tables are: {_known(tables)}")
    if name in tables or (not place and _is_common(node, name)):
        return
    raise PermanentError(f"query: there is no table {name!r}{near(name, tables)}; known: {_known(tables)}")


def _is_common(node: Any, name: str) -> bool:
    """Whether a WITH that is in force at ``node`` names it: one of a query around it, defined before where ``node`` stands."""
    from sqlglot import exp

    below, here = node, node.parent
    while here is not None:
        if isinstance(here, exp.With):
            before = here.expressions[: next(at for at, item in enumerate(here.expressions) if item is below)]
        elif (common := here.args.get("with_")) is not None and common is not below:
            before = common.expressions
        else:
            before = []
        if any(item.alias.lower() == name for item in before):
            return True
        below, here = here, here.parent
    return False


def _check_function(node: Any) -> None:
    from sqlglot import exp

    written = node.sql(dialect="athena", comments=False)
    named, call = isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)), _CALL.match(written)
    name = str(node.name if named else call[1] if call else "").lower()
    if (named or name) and name not in FUNCTIONS:
        known = sorted(FUNCTIONS)
        raise PermanentError(f"query: function {name!r}{near(name, known)} is not allowed: only Athena's own that compute are")
    if isinstance(node.parent, exp.Dot) and node.arg_key == "expression":
        raise PermanentError(f"query: {node.parent.sql(dialect='athena')[:60]}: write the function's name alone")


def near(name: str, known: Collection[str]) -> str:
    """The known name that was probably meant, in words; empty where none is near."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _known(tables: Collection[str]) -> str:
    return ", ".join(tables) or "none, nothing was ingested yet"
