"""Tables for what is to be loaded, as the lake has them now."""

import logging

from reviewloop.adapters.warehouse import redshift
from reviewloop.adapters.warehouse.batches import TABLES, columns_of
from reviewloop.core.warehouse import statements
from reviewloop.errors import PermanentError
from reviewloop.settings import settings
from reviewloop.steps.warehouse._configured import configured

log = logging.getLogger(__name__)


def prepare_warehouse() -> list[str]:
    """Make schema and tables where they are missing, and columns that the contract has got since; returns those columns.

    With ``spectrum_schema`` the lake's own tables can be read in place, too. Run again it changes nothing. Raises ``NothingToDo``
    where no warehouse is configured, ``PermanentError`` where a table is somebody else's.
    """
    warehouse = configured()
    schema, columns = warehouse.schema_name, {table: columns_of(table) for table in TABLES}
    redshift.transact(warehouse, "prepare the warehouse", statements.tables(schema, columns))
    known: dict[str, set[str]] = {}
    for table, column in redshift.ask(warehouse, "look up columns", statements.ask_columns(schema)):
        known.setdefault(table, set()).add(column)
    if hidden := sorted(columns.keys() - known.keys()):  # made by somebody else, who has to grant what we lack
        raise PermanentError(
            f"{schema}.{hidden[0]} is there, and who logs in may not see its columns: GRANT ALL ON it to that user"
        )
    new = [one for table, wanted in columns.items() for one in statements.new_columns(schema, table, wanted, known[table])]
    if new:
        redshift.transact(warehouse, "add columns to the warehouse", new)
    if warehouse.spectrum_schema:
        spectrum = statements.external_schema(warehouse.spectrum_schema, settings().database, warehouse.copy_role)
        redshift.alone(warehouse, "let the lake be read in place", spectrum)
    log.info("the schema %s of %s is ready; new columns: %s", schema, warehouse.database, [one.does for one in new] or "none")
    return [one.does.removeprefix("add ") for one in new]
