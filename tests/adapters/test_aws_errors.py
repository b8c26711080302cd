"""AWS's errors as ours: what a later try may find mended is waited for, the rest fails at once."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from reviewloop.adapters.aws_errors import aws_error
from reviewloop.errors import PermanentError, Unavailable


def answered(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


@pytest.mark.parametrize(
    "error",
    [
        answered("502", 502),
        answered("504", 504),
        answered("429", 429),
        answered("A word nobody has heard of", 500),
        answered("A word nobody has heard of", 503),
        answered("SlowDown", 503),
        answered("ThrottlingException", 400),
        answered("ExpiredToken", 400),
        answered("ExpiredTokenException", 403),
        answered("RequestTimeTooSkewed", 403),
        answered("RequestTimeout", 400),
        answered("OperationAborted", 409),
        ClientError({"Error": {"Code": "503"}}, "HeadObject"),
        EndpointConnectionError(endpoint_url="http://s3"),
        ConnectTimeoutError(endpoint_url="http://s3"),
        ReadTimeoutError(endpoint_url="http://s3"),
        CredentialRetrievalError(provider="container-role", error_msg="timed out"),
    ],
    ids=str,
)
def test_what_time_mends_is_waited_for(error: Exception) -> None:
    found = aws_error(error, "read it")
    assert type(found) is Unavailable
    assert str(found).startswith("read it: ")


@pytest.mark.parametrize(
    "error",
    [
        answered("AccessDenied", 403),
        answered("NoSuchBucket", 404),
        answered("InvalidAccessKeyId", 403),
        answered("NotImplemented", 501),
        answered("ValidationException", 400),
        NoCredentialsError(),
        ParamValidationError(report="no"),
    ],
    ids=str,
)
def test_what_time_does_not_mend_fails_at_once(error: Exception) -> None:
    assert type(aws_error(error, "read it")) is PermanentError
