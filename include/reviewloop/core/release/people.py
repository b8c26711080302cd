"""Who may answer a question or override a gate: a person, one that may, and where two are needed, two different ones."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from reviewloop.config import ReleaseConfig

_SCRIPTS = re.compile(r"^(LATIN|CYRILLIC|GREEK|ARMENIAN|CHEROKEE) ")
"""Scripts whose letters look like each other's."""


def is_same(one: str, other: str, release: ReleaseConfig) -> bool:
    """Whether two names may be of one person: case, accents, order, marks and addresses aside, and by ``release.spellings``.

    In doubt they are: it is asked where two different people are needed.
    """
    return bool(_names(one, release) & _names(other, release))


def num_different(names: Iterable[str], release: ReleaseConfig) -> int:
    """How many people these names are of."""
    known: list[str] = []
    for name in names:
        if not any(is_same(name, other, release) for other in known):
            known.append(name)
    return len(known)


def why_not(
    name: str, release: ReleaseConfig, allowed: Collection[str] | None = None, setting: str = "release.approvers"
) -> str | None:
    """Why this user may decide nothing here, in one line; None for one who may.

    ``allowed`` are the names that ``setting`` lists, those of the approvers unless others are given; empty: everybody.
    """
    listed = release.approvers if allowed is None else allowed
    if not _words(name):
        return f"{name!r} names nobody: an answer needs a person's name"
    if len(scripts := _scripts(name)) > 1:
        return f"{name!r} mixes the letters of {' and '.join(sorted(scripts))}, which look alike: write the name in one of them"
    plain = _plain(name)
    account = plain.partition("@")[0]
    found = [pattern for pattern in release.not_people if fnmatchcase(plain, pattern) or fnmatchcase(account, pattern)]
    if found:
        return (
            f"{name!r} is no one person (release.not_people has {found[0]!r}): log in under a name of your own, or take the "
            "pattern out of the configuration where only one person has that name"
        )
    if listed and plain not in map(_plain, listed):
        return f"{name!r} is none of the {setting.partition('.')[2]} ({setting}: {', '.join(listed)}): ask one of them"
    return None


def why_not_trainer(name: str, trainer: str, release: ReleaseConfig) -> str | None:
    """Why who started the training may not judge what came of it; None where it was another, or that is allowed."""
    if release.trainer_may_approve or not trainer or not is_same(name, trainer, release):
        return None
    return f"{name!r} started the training ({trainer!r}): another person must judge it (release.trainer_may_approve)"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _names(name: str, release: ReleaseConfig) -> set[str]:
    own = _forms(name)
    for person, others in release.spellings.items():
        known: set[str] = set().union(*map(_forms, (person, *others)))
        if own & known:
            own |= known
    return own


def _forms(name: str) -> set[str]:
    """``Lovelace, Ada``, ``ada.lovelace+work@example.org`` and ``AdaLovelace`` have one of these in common."""
    words = _words(name)
    return {"".join(words), "".join(sorted(words))} - {""}


def _words(name: str) -> list[str]:
    account = unicodedata.normalize("NFKD", name).casefold().partition("@")[0].partition("+")[0]
    bare = "".join(letter for letter in account if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", bare)


def _scripts(name: str) -> set[str]:
    found = (_SCRIPTS.match(unicodedata.name(letter, "")) for letter in unicodedata.normalize("NFKC", name) if letter.isalpha())
    return {match[1].capitalize() for match in found if match}
