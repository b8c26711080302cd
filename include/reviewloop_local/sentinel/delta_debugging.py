"""The fewest changes that make something fail: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
input", IEEE Transactions on Software Engineering 28(2), 2002).
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import TypeVar

Change = TypeVar("Change", bound=Hashable)


def minimal(changes: Sequence[Change], fails: Callable[[Sequence[Change]], bool]) -> list[Change]:
    """Some of ``changes`` that fail together, of which none can be left out: the algorithm ``ddmin``.

    All of them must fail and none must not. Where changes can not be judged alone, ``fails`` says no to them: more is kept than has
    to be, never less. Of n changes one that fails alone takes some 2 log2(n) tries.
    """
    kept, parts = list(changes), 2
    while len(kept) >= 2:
        chunks = _split(kept, parts)
        rests = [[one for one in kept if one not in chunk] for chunk in chunks]
        if failing := next((chunk for chunk in chunks if fails(chunk)), None):
            kept, parts = failing, 2
        elif parts > 2 and (failing := next((rest for rest in rests if fails(rest)), None)):
            kept, parts = failing, max(parts - 1, 2)
        elif parts < len(kept):
            parts = min(2 * parts, len(kept))
        else:
            break
    return kept


def culprits(
    tests: Iterable[str],
    groups: Sequence[frozenset[str]],
    failing: Callable[[frozenset[str]], Collection[str]],
) -> Mapping[str, frozenset[str]]:
    """Test -> the changed packages that break it.

    ``failing`` says which tests fail when these packages, and no others, are changed; it is costly, and asked once for each set.
    First whole groups are left out, then packages of those that remain.
    """
    known: dict[frozenset[str], Collection[str]] = {}

    def fail(changed: frozenset[str], test: str) -> bool:
        if not changed:
            return False
        if changed not in known:
            known[changed] = failing(changed)
        return test in known[changed]

    found = {}
    for test in tests:
        rough = minimal(groups, lambda some, test=test: fail(_union(some), test))  # type: ignore[misc]
        packages = sorted(_union(rough))
        found[test] = frozenset(minimal(packages, lambda some, test=test: fail(frozenset(some), test)))  # type: ignore[misc]
    return found


def _split(things: Sequence[Change], parts: int) -> list[list[Change]]:
    """In order, into ``parts`` lists as equal as they can be."""
    edges = [len(things) * part // parts for part in range(parts + 1)]
    return [list(things[begin:end]) for begin, end in pairwise(edges)]


def _union(groups: Iterable[frozenset[str]]) -> frozenset[str]:
    empty: frozenset[str] = frozenset()
    return reduce(frozenset.union, groups, empty)
