"""What AWS says when it refuses: as our errors, which tell whether to wait, and S3's words for a condition that does not hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, HTTPClientError, MetadataRetrievalError
from botocore.exceptions import ConnectionError as NoConnection

from reviewloop.errors import PermanentError, TransientError, Unavailable

_UNAVAILABLE: Final = {
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "RequestTimeoutException",
    "OperationTimeoutException",
    "OperationAborted",  # another writer's conditional write is under way
    "ConditionalRequestConflict",
    "InternalError",
    "InternalFailure",
    "InternalServiceException",
    "ServiceUnavailable",
    # Redshift's Data API: as much runs there as may.
    "ActiveStatementsExceededException",
    "ActiveSessionsExceededException",
    "ActiveWaitingRequestsExceededException",
    # Credentials that a rotation or a clock set right renews.
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "RequestTimeTooSkewed",
}
"""AWS's words for "not now", beside the statuses 429 and 5xx, whatever word they come with."""
_NEVER = {501, 505}
"""Not implemented, and HTTP of a version that the server does not speak: waiting changes neither."""
CHANGED: Final = {"PreconditionFailed", "412"}
"""S3's words for a condition that does not hold: something else stands there than was asked for."""
TAKEN: Final = CHANGED | {"ConditionalRequestConflict", "409"}
"""The same, or another write of the same object is just under way."""
MISSING: Final = {"NoSuchKey", "404"}
"""S3's words for an object that is not there."""


def error_code(error: Exception) -> str:
    """AWS's word for what is wrong; empty where the error is no answer of AWS, or came without one."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def aws_error(error: Exception, what: str) -> TransientError | PermanentError:
    """The AWS client's error as ours: throttles, server errors, lost connections and expired credentials are ``Unavailable``."""
    if isinstance(error, (NoConnection, HTTPClientError, CredentialRetrievalError, MetadataRetrievalError)):
        return Unavailable(f"{what}: no answer from AWS: {error}")
    if isinstance(error, ClientError):
        code = error_code(error)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        status = status or (int(code) if code.isdecimal() else 0)  # an answer without a body has its status for a code
        not_now = code in _UNAVAILABLE or status == 429 or (status >= 500 and status not in _NEVER)
        kind = Unavailable if not_now else PermanentError
        return kind(f"{what}: {code}: {error.response.get('Error', {}).get('Message', '')}")
    return PermanentError(f"{what}: {error}")


@contextmanager
def asking_aws(what: str) -> Iterator[None]:
    """Inside, an error of the AWS client is raised as ours, which begins with ``what``."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, what) from error
