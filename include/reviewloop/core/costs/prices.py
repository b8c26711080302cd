"""What a job may cost: its price an hour for as long as it may run."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from reviewloop.config import BackendConfig, CostsConfig, PricesConfig
from reviewloop.errors import ConfigError

PaidKind = Literal["sagemaker", "batch"]
"""Backends whose jobs cost money."""
BATCH_ATTEMPTS: Final = 4
"""Batch starts a job again whose machine was taken away; each attempt has the whole time limit."""
_HOURS_A_MONTH: Final = 730
"""As AWS counts a month of storage."""


@dataclass(frozen=True)
class PaidJob:
    """One job on AWS, as far as its price goes."""

    kind: PaidKind
    instance_type: str
    max_seconds: float
    """Of one attempt."""
    attempts: int = 1
    volume_gb: int = 0

    @property
    def longest_seconds(self) -> float:
        """Paid for at most."""
        return self.max_seconds * self.attempts


def paid_job(backend: BackendConfig, costs: CostsConfig) -> PaidJob | None:
    """The job that this backend would start; None where it costs nothing."""
    if backend.kind == "sagemaker" and backend.sagemaker:
        of = backend.sagemaker
        return PaidJob("sagemaker", of.instance_type, of.max_seconds, volume_gb=of.volume_gb)
    if backend.kind == "batch" and backend.batch:
        return PaidJob("batch", costs.batch_instance_type, backend.batch.max_seconds, attempts=BATCH_ATTEMPTS)
    return None


def hourly_usd(instance_type: str, prices: PricesConfig, region: str, now: datetime) -> float:
    """USD an hour. Raises ``ConfigError`` where the price is not known for certain: no unknown price ever passes a cap."""
    age = (now.date() - prices.as_of).days
    if age > prices.max_age_days:
        raise ConfigError(
            f"costs.prices.as_of: the prices are of {prices.as_of}, {age} days old, and count for {prices.max_age_days}; look them "
            f"up again ({prices.source})"
        )
    if region != prices.region:
        raise ConfigError(
            f"costs.prices.region: the prices are those of {prices.region}, and the job runs in {region or 'no region'}"
        )
    price = prices.hourly_usd.get(instance_type)
    if price is None or not math.isfinite(price) or price <= 0:
        raise ConfigError(f"costs.prices.hourly_usd: the price of {instance_type or 'a machine that nobody names'} is not known")
    return price


def most_usd(job: PaidJob, prices: PricesConfig, region: str, now: datetime) -> float:
    """USD that the job costs if it runs as long as it may, rounded up to cents; raises as ``hourly_usd``."""
    hours = job.longest_seconds / 3600
    usd = hours * (hourly_usd(job.instance_type, prices, region, now) + job.volume_gb * prices.volume_gb_month_usd / _HOURS_A_MONTH)
    return math.ceil(round(usd * 100, 6)) / 100
