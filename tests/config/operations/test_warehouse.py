"""A warehouse that cannot be is refused in one line that says what to write."""

from typing import Any

import pytest

from reviewloop.config import load_config, parse_config, read_config
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

ROLE = "arn:aws:iam::123456789012:role/warehouse"
RIGHT = {"kind": "redshift", "workgroup": "shop", "database": "dev", "schema_name": "reviewloop", "copy_role": ROLE}


def parsed(**values: Any) -> Any:
    section = {key: value for key, value in {**RIGHT, **values}.items() if value is not ...}
    return parse_config(read_config("test", settings().config_dir) | {"warehouse": section}).warehouse


def test_no_profile_that_is_shipped_has_one() -> None:
    profiles = sorted(path.stem for path in (settings().config_dir / "profiles").glob("*.yaml"))
    assert [name for name in profiles if load_config(name).warehouse is not None] == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"workgroup": ..., "cluster": "shop-1"},
        {"secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf", "spectrum_schema": "lake"},
        {"copy_role": "arn:aws-us-gov:iam::123456789012:role/path/to/warehouse"},
    ],
)
def test_a_warehouse_that_can_be(values: dict[str, Any]) -> None:
    assert parsed(**values).timeout_seconds == 1800


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"workgroup": ...}, "warehouse: Value error, workgroup is None, cluster is None: give workgroup (Redshift Serverless) or"),
        ({"cluster": "shop-1"}, "workgroup is 'shop', cluster is 'shop-1': give workgroup (Redshift Serverless) or cluster"),
        ({"spectrum_schema": "reviewloop"}, "spectrum_schema and schema_name are both 'reviewloop': give two names"),
        (
            {"schema_name": 'a"; DROP'},
            "warehouse.schema_name: Value error, allowed: lower-case letters, digits and _, no digit first",
        ),
        ({"schema_name": "a\n"}, "warehouse.schema_name: Value error, allowed: lower-case letters"),
        ({"database": "Dev"}, "warehouse.database: Value error, allowed: lower-case letters"),
        ({"workgroup": "Shop"}, "warehouse.workgroup: Value error, allowed: 3 to 63 of lower-case letters, digits and -"),
        ({"copy_role": "warehouse"}, "warehouse.copy_role: Value error, allowed: a role's ARN, such as arn:aws:iam::123456789012"),
        ({"copy_role": f"{ROLE}' --"}, "warehouse.copy_role: Value error, allowed: a role's ARN"),
        ({"secret_arn": "hunter2"}, "warehouse.secret_arn: Value error, allowed: a secret's ARN, such as"),
        ({"kind": "snowflake"}, "warehouse.kind: Input should be 'redshift' (found 'snowflake')"),
        ({"schema": "reviewloop"}, "warehouse.schema: Extra inputs are not permitted (found 'reviewloop')"),
        ({"timeout_seconds": 3600}, "warehouse.timeout_seconds: Input should be less than or equal to 3000 (found 3600)"),
    ],
)
def test_one_that_cannot_be_is_named_with_what_is_allowed(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parsed(**values)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value).replace("\\n", "")
