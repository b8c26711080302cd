#!/usr/bin/env bash
# Once before the other services start, and harmless every time after: Airflow's tables, its first user, the buckets.
set -euo pipefail

airflow db migrate
airflow users create --role Admin --username "$AIRFLOW_ADMIN_USERNAME" --password "$AIRFLOW_ADMIN_PASSWORD" \
  --firstname "$AIRFLOW_ADMIN_USERNAME" --lastname admin --email "$AIRFLOW_ADMIN_EMAIL"
python "$(dirname "$0")/create_buckets.py" "$REVIEWLOOP_BUCKET" mlflow
