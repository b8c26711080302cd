#!/usr/bin/env bash
# feast 0.67.0, file offline store: get_historical_features() gives back fewer rows than it is asked about, and says nothing.
#
# It reads as a left join of features to labelled rows. But a row whose feature value is older than the view's ttl, or not there
# yet, is dropped with its label, while a row of an unknown entity stays, with NaN. Two rows of one entity and time become one: a
# label is lost. Order and index are not kept either. So a training set shrinks, and labels joined by position belong to other
# rows. Take a key of your own along and compare the rows that came back.
#
# Seen, one value per review of 00:00, ttl of one day; asked about 6 rows a to f:
#   a review 2 at 01:00: 22
#   b review 1 at 01:00: gone
#   c review 1 at 01:00: 11
#   d review 2 three days later: gone
#   e review 3, never heard of: nan
#   f review 1 an hour before: gone
#   order: e a c
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    feast==0.67.0 pandas==2.3.3 pyarrow==25.0.1 dask==2026.8.0
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Int64

day, hour = pd.Timestamp("2026-03-01T00:00Z"), pd.Timedelta(hours=1)
pd.DataFrame({"review_id": [1, 2], "at": [day, day], "words": [11, 22]}).to_parquet("features.parquet")
config = RepoConfig(
    project="p", provider="local", registry="registry.db", offline_store={"type": "file"},
    online_store={"type": "sqlite", "path": "online.db"}, entity_key_serialization_version=3, telemetry=False,
)
store = FeatureStore(config=config)
review = Entity(name="review", join_keys=["review_id"], value_type=ValueType.INT64)
source = FileSource(name="source", path="features.parquet", timestamp_field="at")
schema = [Field(name="words", dtype=Int64)]
view = FeatureView(name="view", entities=[review], ttl=timedelta(days=1), schema=schema, source=source)
store.apply([review, view])

asked = [
    ("a", "review 2 at 01:00", 2, hour), ("b", "review 1 at 01:00", 1, hour), ("c", "review 1 at 01:00", 1, hour),
    ("d", "review 2 three days later", 2, 72 * hour), ("e", "review 3, never heard of", 3, hour),
    ("f", "review 1 an hour before", 1, -hour),
]
columns = ["row", "review_id", "event_timestamp"]
rows = pd.DataFrame([(row, review_id, day + later) for row, _, review_id, later in asked], columns=columns)
found = store.get_historical_features(rows, ["view:words"]).to_df()
words = dict(zip(found["row"], found["words"]))
for row, what, *_ in asked:
    print(row, f"{what}:", f"{words[row]:.0f}" if row in words else "gone")
print("order:", *found["row"])
END
diff - seen <<'END' || { echo "feast-historical-rows-vanish: no longer so: see the difference above" >&2; exit 1; }
a review 2 at 01:00: 22
b review 1 at 01:00: gone
c review 1 at 01:00: 11
d review 2 three days later: gone
e review 3, never heard of: nan
f review 1 an hour before: gone
order: e a c
END
