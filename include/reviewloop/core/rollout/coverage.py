"""Do labels come for short reviews alone, or for long ones? A verdict on the labelled reviews is then none on all of them."""

from dataclasses import dataclass

from reviewloop.core.rollout.excess import chance, log_evidence_more, log_mean


@dataclass(frozen=True)
class Half:
    """Reviews that both versions read, up to the median of their lengths or beyond it. ``units``: by each unit's first review."""

    num_reviews: int = 0
    num_labelled: int = 0
    units: int = 0
    units_labelled: int = 0

    @property
    def share(self) -> float:
        """Of the reviews, labelled; 0 without any."""
        return self.num_labelled / self.num_reviews if self.num_reviews else 0.0


@dataclass(frozen=True)
class Gap:
    """Between the labelled shares of the halves. ``value``: their difference in their sum, 0 to 1, where one half has no labels.

    Of a loss in one half alone this share may be hidden. ``p``: the chance of such evidence by luck, however often one looks.
    """

    value: float
    p: float


def gap(shorter: Half, longer: Half) -> Gap | None:
    """None where nothing can be told yet: without a label, or without two lengths.

    Where labels do not ask for the length, a labelled unit falls to a half with just that half's share of the units: the test of
    ``excess``, both ways.
    """
    total = shorter.share + longer.share
    if not (shorter.num_reviews and longer.num_reviews and total):
        return None
    value = abs(shorter.share - longer.share) / total
    if not (shorter.units and longer.units):
        return Gap(value, 1.0)
    part = shorter.units / (shorter.units + longer.units)
    mine, theirs = shorter.units_labelled, longer.units_labelled
    return Gap(value, chance(log_mean([log_evidence_more(mine, theirs, part), log_evidence_more(theirs, mine, 1 - part)])))
