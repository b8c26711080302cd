"""What a producer may declare of a file, as metadata of the object: ``sha256`` of its bytes and ``rows``, its data rows."""

from collections.abc import Mapping

from reviewloop.core.delivery.rows import refuse


def declared_rows(name: str, declared: Mapping[str, str], digest: str) -> int | None:
    """The rows that the file ``name`` should have, if that is declared.

    ``digest`` is the SHA-256 of its bytes. Refuses the file when another one is declared, or ``rows`` is no number.
    """
    wanted = declared.get("sha256", digest).lower()
    if wanted != digest:
        refuse(name, f"its producer declares sha256 {wanted[:16]}, its bytes have {digest[:16]}; send it again")
    rows = declared.get("rows")
    if rows is not None and not rows.isdecimal():
        refuse(name, f"its producer declares {rows!r} rows in the object's metadata; write the number")
    return None if rows is None else int(rows)
