"""Feast's DynamoDB store, with the condition that it lacks: a row never goes back in time (see ``online_sql``).

Importing this module imports Feast.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from botocore.exceptions import ClientError
from feast import FeatureView
from feast.infra.online_stores import dynamodb
from feast.infra.online_stores.helpers import compute_entity_id
from feast.repo_config import RepoConfig

from reviewloop.adapters.aws_errors import error_code
from reviewloop.adapters.features.online_sql import Row, newest

REFUSED = "ConditionalCheckFailedException"
_CREATED_DIGITS = Decimal(10) ** 17
"""Microseconds since 1970 have 16 digits; DynamoDB's numbers have 38."""


class ForwardDynamoDBOnlineStoreConfig(dynamodb.DynamoDBOnlineStoreConfig):  # type: ignore[misc]  # of Feast, without types
    """As Feast's."""

    type: Literal["reviewloop.adapters.features.online_dynamodb.ForwardDynamoDBOnlineStore"]


class ForwardDynamoDBOnlineStore(dynamodb.DynamoDBOnlineStore):  # type: ignore[misc]
    """An item a key; ``version`` is event time and, behind it, the time at which it was known."""

    def online_write_batch(
        self, config: RepoConfig, table: FeatureView, data: Sequence[Row], progress: Callable[[int], Any] | None
    ) -> None:
        """Write each row that is later than what stands there."""
        online = config.online_store
        resource = self._get_dynamodb_resource(online.region, online.endpoint_url, online.session_based_auth)
        into = resource.Table(dynamodb._get_table_name(online, config, table))
        for key, (event, created, values) in newest(
            data, lambda of: compute_entity_id(of, config.entity_key_serialization_version)
        ).items():
            item = {
                "entity_id": key,
                "event_ts": str(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event)),
                "values": {name: value.SerializeToString() for name, value in values.items()},
                "version": event * _CREATED_DIGITS + created,
            }
            later = "attribute_not_exists(entity_id) OR #version < :version"
            try:
                into.put_item(
                    Item=item,
                    ConditionExpression=later,
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":version": item["version"]},
                )
            except ClientError as error:
                if error_code(error) != REFUSED:
                    raise
        if progress:
            progress(len(data))
