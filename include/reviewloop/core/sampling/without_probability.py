"""Samplings without probabilities: convenience, snowball, judgment, quota. They are quick, and stand for nothing but themselves.

Each says so in a note. They are here by name so that whoever takes one knows which it is, and sees beside it what it missed.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from reviewloop.config.features.sampling import WithoutProbability
from reviewloop.core.sampling.probability import places_of
from reviewloop.core.sampling.sample import Places, Sample, draws, in_order, require_size
from reviewloop.errors import PermanentError

WARNING = "No probabilities: nothing can be said from these rows of the others, and no weight mends that."


def convenience(keys: Sequence[str], at_hand: Sequence[int], size: int) -> Sample:
    """The first ``size`` rows by ``at_hand`` (say, the newest first), of equal ones by key."""
    require_size(size, len(keys))
    order = sorted(range(len(keys)), key=lambda place: (at_hand[place], keys[place]))
    return _taken("convenience", order[:size], len(keys), "What was at hand first was taken.")


def snowball(keys: Sequence[str], links: Mapping[str, Sequence[str]], first: Sequence[str], size: int, seed: int) -> Sample:
    """From the rows ``first`` to those that share a value of a link (say, ``product_id``), and on from them, wave by wave.

    Within a wave by lot. Fewer than ``size`` rows where no link leads further. Raises ``PermanentError`` for an unknown key.
    """
    require_size(size, len(keys))
    wave = set(_places(keys, first, "snowball").tolist())
    groups = {link: places_of(values) for link, values in links.items()}
    lot = draws(keys, seed)
    taken: list[int] = []
    known: set[int] = set()
    while wave and len(taken) < size:
        places = np.array(sorted(wave), dtype=np.int64)
        taken += places[in_order(lot[places], [keys[place] for place in places])].tolist()
        known |= wave
        met = {(link, str(values[place])) for link, values in links.items() for place in places}
        wave = {place for link, value in met for place in groups[link][value].tolist()} - known
    return _taken(
        "snowball", taken[:size], len(keys), f"Found from {len(first)} rows by {', '.join(links)}: who is linked is alike."
    )


def judgment(keys: Sequence[str], chosen: Sequence[str]) -> Sample:
    """The rows that somebody chose, by key. Raises ``PermanentError`` for a key that is not there."""
    return _taken("judgment", _places(keys, chosen, "judgment").tolist(), len(keys), "Somebody chose these rows.")


def quota(keys: Sequence[str], groups: Sequence[str], quotas: Mapping[str, int], at_hand: Sequence[int]) -> Sample:
    """So many rows of each group, those at hand first. Raises ``PermanentError`` where a group has too few."""
    places, taken = places_of(groups), []
    for name, size in quotas.items():
        rows = places.get(name, np.empty(0, np.int64)).tolist()
        if len(rows) < size:
            raise PermanentError(f"sampling quota: {size} rows of {name!r} are asked for and {len(rows)} are there; ask for fewer")
        taken += sorted(rows, key=lambda place: (at_hand[place], keys[place]))[:size]
    return _taken("quota", taken, len(keys), "The groups are as asked; within each, what was at hand first was taken.")


def _places(keys: Sequence[str], wanted: Sequence[str], method: WithoutProbability) -> Places:
    place_of = {key: place for place, key in enumerate(keys)}
    if unknown := [key for key in wanted if key not in place_of]:
        raise PermanentError(f"sampling {method}: the key {unknown[0]!r} is none of the {len(keys)} rows; name rows that are there")
    if not wanted:
        raise PermanentError(f"sampling {method}: no row is named to begin with; name at least one")
    return np.array(sorted({place_of[key] for key in wanted}), dtype=np.int64)


def _taken(method: WithoutProbability, places: Sequence[int], num_offered: int, how: str) -> Sample:
    return Sample(method, np.array(sorted(places), dtype=np.int64), num_offered, None, None, (f"{how} {WARNING}",))
