"""A data warehouse that holds the curated reviews and the predictions, too."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from reviewloop.config.sections import Section


def _named(pattern: str, allowed: str) -> AfterValidator:
    """Of a text: the whole of it is of ``pattern``; the error says in words what is ``allowed``."""

    def is_named(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"allowed: {allowed}")
        return value

    return AfterValidator(is_named)


Name = Annotated[str, _named(r"[a-z_][a-z0-9_]{0,126}", "lower-case letters, digits and _, no digit first, such as reviewloop")]
RoleArn = Annotated[
    str, _named(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "a role's ARN, such as arn:aws:iam::123456789012:role/warehouse")
]
SecretArn = Annotated[
    str,
    _named(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+",
        "a secret's ARN, such as arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse-AbCdEf; without one IAM logs in",
    ),
]
_ONE_PLACE: Final = "give workgroup (Redshift Serverless) or cluster (provisioned), exactly one of them"


class WarehouseConfig(Section):
    """Amazon Redshift, asked by its Data API: no driver, no open port, no password here."""

    kind: Literal["redshift"]
    workgroup: Annotated[str, _named(r"[a-z0-9-]{3,63}", "3 to 63 of lower-case letters, digits and -")] | None = None
    """Of Redshift Serverless; or ``cluster``."""
    cluster: Annotated[str, _named(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "lower-case letters, digits and single -")] | None = None
    """The identifier of a provisioned cluster."""
    database: Name
    schema_name: Name
    """Where the tables are made: ``reviews``, ``predictions``, and ``loads``, which says what is in them."""
    secret_arn: SecretArn | None = None
    """The login, in Secrets Manager; without one it is the worker's own IAM identity."""
    copy_role: RoleArn
    """As whom Redshift reads the lake; the warehouse has to be associated with it."""
    spectrum_schema: Name | None = None
    """The name under which the lake's own Glue tables can be read in place; without one they cannot."""
    timeout_seconds: float = Field(1800, gt=0, le=3000)
    """One load, the wait for others included; then it is cancelled. Less than the hour that a task may take."""

    @model_validator(mode="after")
    def _agrees(self) -> "WarehouseConfig":
        if (self.workgroup is None) == (self.cluster is None):
            raise ValueError(f"workgroup is {self.workgroup!r}, cluster is {self.cluster!r}: {_ONE_PLACE}")
        if self.spectrum_schema == self.schema_name:
            raise ValueError(f"spectrum_schema and schema_name are both {self.schema_name!r}: give two names")
        return self
