"""One day of a table goes into the warehouse."""

import logging

from reviewloop.adapters.warehouse import redshift
from reviewloop.adapters.warehouse.batches import columns_of, counting_batch, loaded
from reviewloop.core.warehouse import statements
from reviewloop.errors import Superseded
from reviewloop.refs import LoadedRef, UnloadedRef
from reviewloop.steps.warehouse._configured import configured

log = logging.getLogger(__name__)


def load_day(unloaded: UnloadedRef) -> LoadedRef:
    """Put the batch that counts for the day in the lake in the place of what the warehouse has of it, in one transaction.

    Run again it leaves the same rows. Raises ``Superseded`` where the warehouse holds a newer batch of the day already, whose place
    an older one never takes; ``CheckFailed`` where COPY read another number of rows than the batch has; ``NothingToDo`` where no
    warehouse is configured. Whatever fails, the day is as it was.
    """
    warehouse = configured()
    table, day = unloaded.table, unloaded.day
    batch = counting_batch(table, day)
    wanted = statements.load(warehouse.schema_name, warehouse.copy_role, batch, columns_of(table))
    try:
        redshift.transact(warehouse, f"load {table} of {day}", wanted)
    except redshift.CheckFailed as refusal:
        there = loaded(warehouse).get((table, day))
        if there is not None and there.generation > batch.generation:
            raise Superseded(
                f"{table} of {day}: superseded: the warehouse holds batch {there.batch}, decision {there.generation} of the lake; "
                f"batch {batch.batch}, decision {batch.generation}, changes nothing"
            ) from None
        raise refusal
    log.info("%s of %s: batch %s is loaded, %d rows", table, day, batch.batch, batch.num_rows)
    return LoadedRef(
        table=table, day=day, batch=batch.batch, digest=batch.digest, num_rows=batch.num_rows, generation=batch.generation
    )
