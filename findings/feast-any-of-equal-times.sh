#!/usr/bin/env bash
# feast 0.67.0, file offline store: of several values of one event time get_historical_features() gives any, not the one created last.
#
# A source with created_timestamp_column is meant for corrections: of equal event times the newest created counts. Feast sorts by the
# created column, then by the event time, with a sort that does not keep the order of equals (beyond 16 rows), so the first sort is lost.
# A training set then holds values that were corrected long before, and filter_by_created_timestamp changes which ones.
#
# Seen, 20 values of each of 2 reviews, ten of them of one event time, each newer than the one before; asked long after: of review 0
# value 26, created 12 hours before the newest, 38; with filter_by_created_timestamp value 18.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    feast==0.67.0 pandas==2.3.3 numpy==2.4.6 pyarrow==25.0.1 dask==2026.8.0
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Int64

day, hour = pd.Timestamp("2026-03-01T00:00Z"), pd.Timedelta(hours=1)
numbers = range(40)
rows = {"review_id": [n % 2 for n in numbers], "at": [day + n % 4 // 2 * hour for n in numbers]}
pd.DataFrame({**rows, "created": [day + n * hour for n in numbers], "value": numbers}).to_parquet("features.parquet")
config = RepoConfig(
    project="p", provider="local", registry="registry.db", offline_store={"type": "file"},
    online_store={"type": "sqlite", "path": "online.db"}, entity_key_serialization_version=3, telemetry=False,
)
store = FeatureStore(config=config)
review = Entity(name="review", join_keys=["review_id"], value_type=ValueType.INT64)
source = FileSource(name="source", path="features.parquet", timestamp_field="at", created_timestamp_column="created")
view = FeatureView(name="view", entities=[review], ttl=timedelta(0), schema=[Field(name="value", dtype=Int64)], source=source)
store.apply([review, view])
asked = pd.DataFrame({"review_id": [0, 1], "event_timestamp": [day + 100 * hour] * 2})
found = store.get_historical_features(asked, ["view:value"]).to_df().set_index("review_id")["value"]
print("newest" if dict(found) == {0: 38, 1: 39} else "some are older")
END
diff - seen <<'END' || { echo "feast-any-of-equal-times: no longer so: see the difference above" >&2; exit 1; }
some are older
END
