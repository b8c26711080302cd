"""What jobs are called in an AWS account, and what they need to be told of it."""

from collections.abc import Iterator
from itertools import count

from reviewloop.adapters.costs.names import job_name, required, tags

__all__ = ["job_name", "numbered", "required", "tags"]


def numbered(name: str) -> Iterator[str]:
    """The name of the first try of a job, of the second, and so on without end."""
    return (f"{name}-{number}" for number in count(1))
