"""Which rows of which day each of several tasks reads."""

from collections.abc import Mapping, Sequence

from reviewloop.errors import PermanentError


def cut(num_rows: Mapping[str, int], chunk_rows: int, most: int) -> dict[str, list[range]]:
    """The rows of each day in pieces of ``chunk_rows``, the last one shorter; days of one piece or none are left out.

    ``num_rows`` maps a day to its rows. Together they are never more than ``most`` pieces (Airflow maps a task so many times):
    where they would be, the pieces are twice as large, as often as it takes.
    """
    while sum(_pieces(rows, chunk_rows) for rows in num_rows.values()) > most:
        chunk_rows *= 2
    return {
        day: [range(first, min(first + chunk_rows, rows)) for first in range(0, rows, chunk_rows)]
        for day, rows in num_rows.items()
        if rows > chunk_rows
    }


def _pieces(rows: int, chunk_rows: int) -> int:
    return -(-rows // chunk_rows) if rows > chunk_rows else 0


def gaps(read: Sequence[range], num_rows: int) -> list[range]:
    """The rows from 0 to ``num_rows`` that none of ``read`` holds, in order.

    Raises ``PermanentError`` for rows that were read twice.
    """
    missing, reached = [], 0
    for piece in sorted(read, key=lambda one: one.start):
        if piece.start < reached:
            raise PermanentError(f"rows {piece.start} to {min(reached, piece.stop) - 1} were read twice")
        if piece.start > reached:
            missing.append(range(reached, piece.start))
        reached = piece.stop
    return [*missing, range(reached, num_rows)] if reached < num_rows else missing
