"""The registry's alias names the champion again."""

from reviewloop.adapters.release import champion
from reviewloop.core.release.events import person
from reviewloop.errors import NothingToDo


def mend_alias(by: str) -> str:
    """Set the alias ``champion`` back to the version that was released, with a trace in the ledger; returns that version.

    ``by`` is the person who does it. Raises ``NothingToDo`` where the alias is right, or nothing was released yet.
    """
    mended = champion.mend(person(by))
    now = champion.current_champion()
    if mended is None or now is None:
        raise NothingToDo(f"the alias names version {now.version}, the champion" if now else "there is no champion yet")
    return now.version
