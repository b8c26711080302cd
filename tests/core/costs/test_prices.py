"""What a job may cost, and that a price which is not known passes no cap."""

from datetime import UTC, date, datetime

import pytest

from reviewloop.config import BackendConfig, BatchConfig, PricesConfig, SageMakerConfig, load_config
from reviewloop.core.costs.prices import PaidJob, most_usd, paid_job
from reviewloop.errors import ConfigError

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PRICES = PricesConfig(
    as_of=date(2026, 11, 1), source="a page", region="us-east-1", max_age_days=365, hourly_usd={"ml.g5.xlarge": 1.5},
    volume_gb_month_usd=0.73,
)  # fmt: skip
JOB = PaidJob("sagemaker", "ml.g5.xlarge", 7200, volume_gb=10)


def test_a_job_costs_its_machine_and_its_volume_for_as_long_as_it_may_run() -> None:
    assert most_usd(JOB, PRICES, "us-east-1", NOW) == 3.02, "2 h of 1.50 and of 10 GB at 0.001 an hour, up to the cent"


def test_every_attempt_may_take_the_whole_time() -> None:
    assert most_usd(PaidJob("batch", "ml.g5.xlarge", 3600, attempts=4), PRICES, "us-east-1", NOW) == 6.0


@pytest.mark.parametrize(
    ("job", "region", "now", "words"),
    [
        (PaidJob("sagemaker", "ml.moon", 60), "us-east-1", NOW, "the price of ml.moon is not known"),
        (PaidJob("batch", "", 60), "us-east-1", NOW, "a machine that nobody names"),
        (JOB, "eu-west-1", NOW, "those of us-east-1, and the job runs in eu-west-1"),
        (JOB, "", NOW, "runs in no region"),
        (JOB, "us-east-1", NOW.replace(year=2028), "days old, and count for 365"),
    ],
)
def test_a_price_that_is_not_known_for_certain_is_none(job: PaidJob, region: str, now: datetime, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        most_usd(job, PRICES, region, now)


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_a_price_that_is_no_price_is_none(price: float) -> None:
    prices = PRICES.model_copy(update={"hourly_usd": {"ml.g5.xlarge": price}})
    with pytest.raises(ConfigError, match="is not known"):
        most_usd(JOB, prices, "us-east-1", NOW)


def test_what_a_backend_would_start() -> None:
    costs = load_config("test").costs
    machine = SageMakerConfig(instance_type="ml.g5.xlarge", volume_gb=50, max_seconds=14400)
    told = BackendConfig(kind="sagemaker", num_gpus=1, sagemaker=machine, batch=BatchConfig(max_seconds=60))
    assert paid_job(told, costs) == PaidJob("sagemaker", "ml.g5.xlarge", 14400, volume_gb=50)
    assert paid_job(told.model_copy(update={"kind": "batch"}), costs) == PaidJob("batch", "g5.xlarge", 60, attempts=4)
    assert paid_job(told.model_copy(update={"kind": "local"}), costs) is None


def test_what_is_shipped_for_aws_is_priced_and_below_its_cap() -> None:
    config = load_config("aws")
    job, costs = paid_job(config.training.backend, config.costs), config.costs
    assert job is not None
    asked = datetime.combine(costs.prices.as_of, datetime.min.time(), UTC)
    assert most_usd(job, costs.prices, costs.prices.region, asked) == 5.68 <= costs.job_cap_usd
    batch = paid_job(config.training.backend.model_copy(update={"kind": "batch"}), costs)
    assert batch is not None
    assert most_usd(batch, costs.prices, costs.prices.region, asked) == 16.16 <= costs.job_cap_usd
