"""What a training on AWS would need, start, reserve and tag: looked at and said, never done."""

from contextlib import suppress

from reviewloop.adapters.costs import budget, guard, preflight
from reviewloop.adapters.costs.names import job_name, tags
from reviewloop.config import load_config
from reviewloop.core.costs.preflight import Finding, plan
from reviewloop.core.costs.prices import PaidJob, most_usd
from reviewloop.errors import PermanentError
from reviewloop.settings import settings


def findings(job: PaidJob) -> list[Finding]:
    """Everything that the job needs, its month's money too. Raises ``TransientError`` where AWS does not answer."""
    costs, now = load_config().costs, guard.now()
    found = preflight.look(job, costs, now)
    can_ask = all(one.is_ok for one in found if one.what in {"account", "bucket"})
    return [*found, *([preflight.month(job, costs, now)] if can_ask else [])]


def lines(job: PaidJob) -> list[str]:
    """The plan, in words."""
    costs, now = load_config().costs, guard.now()
    month = f"{now:%Y-%m}"
    usd: float | None = None
    left = 0.0
    with suppress(PermanentError):  # no price, or no lake that holds the budget: the findings have said so
        left = budget.read().left_usd(month, costs.month_cap_usd)
        usd = most_usd(job, costs.prices, settings().aws_region, now)
    own = settings()
    named = {
        "sagemaker": {"image": own.training_image, "role": own.sagemaker_role},
        "batch": {"queue": own.batch_queue, "job definition": own.batch_definition},
    }[job.kind]
    source = f"{costs.prices.as_of}, {costs.prices.source}"
    return plan(job, usd, source, left, month, named, tags(job_name("JOB"), job.longest_seconds))
