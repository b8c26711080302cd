"""How well the champion answers while it answers: estimated without labels, realised with them, and when that is a finding."""

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, Share


class LiveQualityConfig(Section):
    """Thresholds of ``core.monitoring.quality``. Chances are per day."""

    alpha: float = Field(gt=0, lt=0.5)
    """Of a finding on a day on which nothing is worse; for each of the fall, the gap and the comparison of rated with unrated
    rows."""
    windows: tuple[int, ...] = Field(min_length=1)
    """Days that are pooled for live marks, each count a window; ``alpha`` is shared among them."""
    min_fall: Share
    """Macro-F1 below the sealed one, at the day's own mix of classes: a smaller fall is no finding, however sure."""
    max_fall: Share
    """The champion is "no worse" where the fall's 95 % interval ends at or below this."""
    slice_days: int = Field(ge=1)
    """Days that are pooled for a group of the reviews, a facet's value or a sentiment."""
    min_slice_rated: int = Field(ge=1)
    """Rated reviews of a group in those days, and among the sealed ones; of fewer, nothing is said of it."""
    min_rated: int = Field(ge=1)
    """Rated reviews in a window; of fewer, nothing is said."""
    min_labels_arrived: Share
    """Share of a window's reviews whose label is known; of fewer, every verdict is provisional."""
    min_singular_value: float = Field(gt=0, lt=1)
    """Of the sealed confusion matrix P(answer | label): a model below it hardly tells classes apart, and no shares are told by
    it."""
    num_draws: int = Field(ge=199)
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _can_fire(self) -> "LiveQualityConfig":
        if min(self.windows) < 1 or len(set(self.windows)) < len(self.windows):
            raise ValueError(f"windows: {', '.join(map(str, self.windows))}: each is 1 day or more and stands once")
        if (tests := max(len(self.windows), 2)) and 1 / (self.num_draws + 1) > self.alpha / tests:
            raise ValueError(
                f"num_draws: of {self.num_draws} draws no chance can be under {1 / (self.num_draws + 1):.2g}, and alpha "
                f"{self.alpha:g}, shared by {tests} tests, asks for {self.alpha / tests:.2g}: it never fires; raise num_draws"
            )
        return self
