"""How a sample of reviews is taken: see ``core.sampling``."""

from typing import Final, Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section

WithoutProbability = Literal["convenience", "snowball", "judgment", "quota"]
RandomMethod = Literal["simple_random", "stratified", "weighted", "reservoir", "importance"]
Method = WithoutProbability | RandomMethod
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "convenience": ("size",),
    "snowball": ("size", "by", "review_ids"),
    "judgment": ("review_ids",),
    "quota": ("by", "quotas"),
    "simple_random": ("size",),
    "stratified": ("size", "by"),
    "weighted": ("size", "by", "weights"),
    "reservoir": ("size",),
    "importance": ("size", "by", "weights"),
}
"""What each method is to be given."""
_ALSO: Final[dict[str, tuple[str, ...]]] = {"importance": ("target", "clip")}
"""What it may be given, too."""


class SamplingConfig(Section):
    """One sampling. A size of 1 or less is a share of the rows there are, a larger one their number."""

    method: Method
    size: float | None = Field(default=None, gt=0)
    seed: int = 0
    by: str | None = None
    """A facet of the contract, ``sentiment`` or ``day``, whose values are the strata, the groups or the links."""
    weights: dict[str, float] = Field(default_factory=dict)
    """By value of ``by``: how many times as likely as a row of weight 1, which is that of values that are not named."""
    target: dict[str, float] = Field(default_factory=dict)
    """By value of ``by``: the share that an importance sample is to stand for; without one, the rows as they are."""
    clip: float | None = Field(default=None, gt=1)
    """Importance weights are cut beyond so many times their mean."""
    quotas: dict[str, int] = Field(default_factory=dict)
    """Rows by value of ``by``."""
    review_ids: tuple[int, ...] = ()
    """Chosen by somebody, or where a snowball begins."""

    @model_validator(mode="after")
    def _needed(self) -> "SamplingConfig":
        needed = NEEDS[self.method]
        given = [name for name in type(self).model_fields if name not in ("method", "seed") and getattr(self, name)]
        if missing := [name for name in needed if name not in given]:
            raise ValueError(f"sampling {self.method} needs {', '.join(missing)}; it takes {', '.join(needed)}")
        if needless := [name for name in given if name not in (*needed, *_ALSO.get(self.method, ()))]:
            raise ValueError(f"sampling {self.method} takes no {', '.join(needless)}; it takes {', '.join(needed)}")
        if self.size is not None and self.size > 1 and self.size != int(self.size):
            raise ValueError(f"size {self.size:g} is neither a share (at most 1) nor a whole number of rows")
        if low := [value for values in (self.weights, self.target) for value, number in values.items() if not number >= 0]:
            raise ValueError(f"the weight of {low[0]!r} is below 0; allowed are numbers of at least 0")
        return self

    def num_rows(self, num_offered: int) -> int:
        """Rows to take of so many: at least 1."""
        size = self.size or 0.0
        return max(round(size * num_offered), 1) if size <= 1 else int(size)
