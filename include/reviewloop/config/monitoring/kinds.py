"""When a kind of drift is named: ``core.monitoring.kinds``. Only days that fired are asked."""

from pydantic import Field

from reviewloop.config.sections import Section, Share


class KindsConfig(Section):
    """What is asked before one link of the chain is said to have moved by itself."""

    alpha: float = Field(gt=0, lt=0.5)
    """The chance at or below which something does not explain a move."""
    min_lost: Share
    """More of a column's values that are missing, or of the texts that are decoded wrongly: less is no broken delivery."""
    min_rated: int = Field(ge=1)
    """Rated reviews of a day; of fewer its labels tell no kind."""
    least_kept: Share
    """Of a class that is still recorded as itself; where it is less, the class has another definition."""
