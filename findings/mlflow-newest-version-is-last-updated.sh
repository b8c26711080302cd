#!/usr/bin/env bash
# mlflow 3.17.2: search_model_versions() gives the version first that was last updated, not the newest.
#
# Right after registration the two are the same, so `[0]` looks like "the newest version" until somebody edits the description
# of an old one. A tag or an alias does not count as an update, a description does. Sort by int(version) yourself (it is a
# string), or pass order_by=["version_number DESC"].
#
# Seen, three versions:
#   registered in turn: 3 2 1
#   tag set on version 1: 3 2 1
#   description of version 1 edited: 1 3 2
#   with order_by=['version_number DESC']: 3 2 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check mlflow==3.17.2 pandas==2.3.3
export MLFLOW_TRACKING_URI="sqlite:///$folder/mlflow.db" DO_NOT_TRACK=1 MLFLOW_DISABLE_TELEMETRY=true
cd "$folder"
venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
import time

from mlflow import MlflowClient

client = MlflowClient()


def tell(when, **search):
    time.sleep(0.05)  # times of update are kept in milliseconds
    print(f"{when}:", *[found.version for found in client.search_model_versions("name = 'm'", **search)])


client.create_registered_model("m")
for _ in range(3):
    client.create_model_version("m", "s3://bucket/model")
    time.sleep(0.05)
tell("registered in turn")
client.set_model_version_tag("m", "1", "checked", "yes")
tell("tag set on version 1")
client.update_model_version("m", "1", "a better description")
tell("description of version 1 edited")
tell("with order_by=['version_number DESC']", order_by=["version_number DESC"])
END
diff - seen <<'END' || { echo "mlflow-newest-version-is-last-updated: no longer so: see the difference above" >&2; exit 1; }
registered in turn: 3 2 1
tag set on version 1: 3 2 1
description of version 1 edited: 1 3 2
with order_by=['version_number DESC']: 3 2 1
END
