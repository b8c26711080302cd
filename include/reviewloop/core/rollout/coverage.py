"""Do labels come for short reviews alone, or for long ones? Does the shadow drop the long ones? A verdict on what is left is then
none on all of them."""

from dataclasses import dataclass

from reviewloop.core.rollout.excess import chance, log_evidence_more, log_mean


@dataclass(frozen=True)
class Half:
    """What there is up to the median of the lengths, or beyond it, and what of it is left: of the reviews that both versions read
    the labelled ones, of the requests that the shadow was offered those that it read. ``units``: by the first of each unit."""

    num: int = 0
    num_left: int = 0
    units: int = 0
    units_left: int = 0

    @property
    def share(self) -> float:
        """That is left; 0 of none."""
        return self.num_left / self.num if self.num else 0.0


@dataclass(frozen=True)
class Gap:
    """Between the shares that are left of the halves. ``value``: their difference in their sum; 1 where of one half nothing is.

    Of a loss in one half alone this share may be hidden. ``p``: the chance of such evidence by luck, however often one looks.
    """

    value: float
    p: float


def gap(shorter: Half, longer: Half) -> Gap | None:
    """None where nothing can be told yet: without anything left, or without two lengths.

    Where what is left does not ask for the length, a unit of it falls to a half with just that half's share of the units: the test
    of ``excess``, both ways.
    """
    total = shorter.share + longer.share
    if not (shorter.num and longer.num and total):
        return None
    value = abs(shorter.share - longer.share) / total
    if not (shorter.units and longer.units):
        return Gap(value, 1.0)
    part = shorter.units / (shorter.units + longer.units)
    mine, theirs = shorter.units_left, longer.units_left
    return Gap(value, chance(log_mean([log_evidence_more(mine, theirs, part), log_evidence_more(theirs, mine, 1 - part)])))
