"""All that one customer sent leaves what the endpoint captured."""

from reviewloop.adapters.captures import erasing
from reviewloop.errors import PermanentError
from reviewloop.refs import ErasedRef


def erase_unit(unit: str, by: str, reason: str) -> ErasedRef:
    """Erase title, text and names of every review that ``unit`` (the caller's key for a customer) sent; otherwise like
    ``erase``. The requests are counted as units of their own afterwards. Raises ``PermanentError`` for a blank unit."""
    if not unit.strip():
        raise PermanentError("unit: is blank; give the unit as the captured requests have it")
    return erasing.erase(by, reason, unit=unit)
