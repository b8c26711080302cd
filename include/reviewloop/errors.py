"""What went wrong, and what the scheduler should do about it.

The Airflow side maps the two branches once: ``TransientError`` is retried, ``PermanentError`` fails the task at once.
"""


class ReviewloopError(Exception):
    """Root of every error this package raises on purpose."""


class TransientError(ReviewloopError):
    """Something that a later try may find mended: a throttle, a service restarting, a lost process."""


class Unavailable(TransientError):
    """A service that the step needs does not answer, is overloaded, or does not take our credentials any more.

    Nothing is wrong with the step: it is tried again for hours, at no cost in tries (``reviewloop_airflow.patience``).
    """


class PermanentError(ReviewloopError):
    """Something that no retry mends."""


class ConfigError(PermanentError):
    """A setting is wrong; the message names the field, the value and what is allowed."""


class Refused(PermanentError):
    """What was asked is not done, for a reason that a person must know; the message says what to do. No fault of the program."""


class Rejected(PermanentError):
    """A gate refused. ``gate`` is its name, ``page_uri`` its report's page; the report is stored before this is raised."""

    def __init__(self, gate: str, reason: str, page_uri: str | None = None) -> None:
        super().__init__(f"{gate}: {reason}")
        self.gate = gate
        self.reason = reason
        self.page_uri = page_uri


class DataRejected(Rejected):
    """A gate refused data."""


class ModelRejected(Rejected):
    """A gate refused a model."""


class JobFailed(PermanentError):
    """A training job ended by itself without a result; the message ends with the tail of its log. ``page_uri`` is its report."""

    def __init__(self, message: str, page_uri: str | None = None) -> None:
        super().__init__(message)
        self.page_uri = page_uri


class NothingToDo(ReviewloopError):
    """The step has no work, for a reason worth showing. Airflow shows the task as skipped, with this reason.

    ``reused_from`` is the DAG run whose result stands, where there is one.
    """

    def __init__(self, reason: str, reused_from: str = "") -> None:
        super().__init__(reason)
        self.reused_from = reused_from


class Superseded(NothingToDo):
    """Something newer has the place. What the step made is kept and changes nothing; skipped like ``NothingToDo``."""
