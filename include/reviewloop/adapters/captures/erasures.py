"""Who asked to erase what, and why: an object each, without a word of what was erased. It holds for what comes in late, too."""

from datetime import UTC, datetime, timedelta

from reviewloop.adapters.lake import places, s3
from reviewloop.core.captures.erasure import Erasure
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import person
from reviewloop.errors import PermanentError


def ask(by: str, reason: str, **subject: str | int) -> tuple[str, Erasure]:
    """Keep that this is to be erased from now on; gives the object's name and what it says.

    Raises ``PermanentError`` for a blank name or reason.
    """
    if not reason.strip():
        raise PermanentError("reason: is blank; say in words why this is erased, it is kept for good")
    at = datetime.now(UTC).isoformat()
    erasure = Erasure(at, person(by), " ".join(reason.split()), **subject)  # type: ignore[arg-type]  # by name, each of its own type
    name = f"{at}-{bytes_digest(repr(erasure).encode())[:16]}.json"
    s3.write_json(places.erasure(name), erasure.to_json())
    return name, erasure


def done(name: str, erasure: Erasure, num_reviews: int) -> None:
    """Keep beside it how many reviews were erased, up to now."""
    s3.write_json(places.erasure(name), {**erasure.to_json(), "num_reviews": num_reviews})


def standing(days: int) -> dict[str, Erasure]:
    """What was to be erased within so many days, by its object's name: what was captured before is deleted with its day."""
    prefix, since = places.erasure(), (datetime.now(UTC) - timedelta(days=days + 1)).isoformat()
    names = [name for uri in s3.list_uris(prefix) if (name := uri.removeprefix(prefix)) >= since]
    return {name: _read(name) for name in names}


def of_reviews() -> list[Erasure]:
    """Every review that somebody asked to erase, ever: what is made of reviews from then on is made without its words."""
    prefix = places.erasure()
    found = [_read(uri.removeprefix(prefix)) for uri in s3.list_uris(prefix)]
    return [one for one in found if one.review_id is not None]


def _read(name: str) -> Erasure:
    note = s3.read_json(places.erasure(name))
    note.pop("num_reviews", None)
    return Erasure(**note)
