"""What is to become of the lake's superseded things, in lines."""

from collections.abc import Iterable, Sequence

from reviewloop.core.retention.plan import PLACES, Decision
from reviewloop.core.retention.sizes import in_words


def lines(decisions: Sequence[Decision], *, all_of_them: bool) -> list[str]:
    """A line for each thing that goes, and for each that stays where ``all_of_them`` are asked for; then a sum for each place."""
    shown = [one for one in decisions if all_of_them or one.act == "go"]
    width = max((len(one.item.key) for one in shown), default=0)
    told = [f"{one.act:<4}  {one.item.key:<{width}}  {in_words(one.item.num_bytes):>8}  {one.why}" for one in shown]
    return [*told, *sums(decisions)]


def sums(decisions: Iterable[Decision]) -> list[str]:
    """A line for each place: what lies there, and what of it goes."""
    found = list(decisions)
    told = []
    for kind, place in PLACES.items():
        there = [one for one in found if one.item.kind == kind]
        going = [one for one in there if one.act == "go"]
        told.append(f"{place}: {_amount(there)}, of which {_amount(going)} {'goes' if len(going) == 1 else 'go'}")
    return told


def _amount(decisions: Sequence[Decision]) -> str:
    return f"{len(decisions)} ({in_words(sum(one.item.num_bytes for one in decisions))})"
