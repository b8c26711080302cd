"""What may be spent on AWS, at which prices, and when what was made there is cleaned up."""

from datetime import date

from pydantic import Field

from reviewloop.config.sections import Section


class PricesConfig(Section):
    """A price list as it was looked up on a day. What it does not name, or names for another region, has no known price."""

    as_of: date
    """The day on which somebody looked."""
    source: str = Field(min_length=1)
    """Where; shown beside every sum that is made of these prices."""
    region: str
    """The prices of one region are those of no other."""
    max_age_days: int = Field(ge=1)
    """An older list counts for nothing: somebody looks again, and moves ``as_of``."""
    hourly_usd: dict[str, float]
    """On demand, before taxes: ``ml.*`` are SageMaker's training instances, others EC2's."""
    volume_gb_month_usd: float = Field(ge=0)
    """A training job's own volume, per GB and month of 730 hours."""


class CostsConfig(Section):
    """A cap that holds before a job starts, and the patience of the reaper. Jobs on this machine cost nothing here."""

    month_cap_usd: float = Field(ge=0)
    """Of all paid jobs that begin in one month (UTC); 0 lets none start."""
    job_cap_usd: float = Field(ge=0)
    """Of one job, if it runs as long as it may."""
    batch_instance_type: str
    """The dearest machine that the Batch queue may give: a job is reserved at its price. Empty: not known, so no job starts."""
    queue_hours: float = Field(gt=0)
    """A job may wait so long for a machine, beside its own limit of time, before it is expired."""
    idle_days: int = Field(ge=1)
    """An endpoint that nobody asked for so long is idle."""
    clock_skew_minutes: float = Field(ge=0)
    """Clocks may differ by this much: what expires within it has not expired."""
    prices: PricesConfig
