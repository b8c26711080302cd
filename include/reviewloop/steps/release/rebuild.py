"""The registry's database was lost: its versions, tags and aliases come back from ledger and lake."""

from reviewloop.adapters.release import champion, rebuilding
from reviewloop.core.release.events import person
from reviewloop.errors import NothingToDo, Refused
from reviewloop.refs import RebuiltRef


def rebuild(by: str) -> RebuiltRef:
    """Make anew what the registry lost: every version of the ledger under its number, its tags, and the aliases.

    ``by`` is the person who does it; the ledger keeps that it was done. Nothing is guessed: a version that cannot come back is
    named in ``gone``, with why. Raises ``Refused`` where that is the one that answers, and ``NothingToDo`` where nothing was lost.
    """
    found = rebuilding.rebuild(person(by))
    if found.version in found.gone:
        raise Refused(
            f"version {found.version} was released and is gone: {found.gone[found.version]}; or release another: "
            "`python -m reviewloop rollback`"
        )
    champion.current_champion()
    if not found.made and not found.gone:
        raise NothingToDo("the registry holds every version of the ledger, and its aliases are right")
    return found
