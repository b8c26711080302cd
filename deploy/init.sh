#!/usr/bin/env bash
# Once before the other services start, and harmless every time after: Airflow's tables, its first user, the pool of the
# fine-tunes, the buckets, and who only reads in MLflow.
set -euo pipefail

airflow db migrate
python "$(dirname "$0")/create_admin.py"
# As many fine-tunes at a time as there are GPUs (or machines that train); a task whose pool does not exist is never started.
airflow pools set training "${REVIEWLOOP_TRAINING_SLOTS:-1}" "fine-tunes at a time, one a GPU" --include-deferred
# On AWS they are there, made with who may do what (deploy/cloudformation), and a worker may make none.
if [ -n "${AWS_ENDPOINT_URL:-}" ]; then python "$(dirname "$0")/create_buckets.py" "$REVIEWLOOP_BUCKET" mlflow; fi
python "$(dirname "$0")/create_mlflow_reader.py"
