#!/usr/bin/env bash
# deploy/backup.sh FOLDER: the team's databases (Airflow's, MLflow's), each a moment in time, while everything runs.
# The lake is not in it: give its bucket versioning. Back the databases up first and the bucket second, never the other way round:
# what a database names must be there.
set -euo pipefail

folder=${1:?"usage: deploy/backup.sh FOLDER (a new one)"}
psql=${PG_COMMAND-docker compose exec -T postgres}
user=${PGUSER:-reviewloop}
umask 077
mkdir "$folder"
for database in "${AIRFLOW_DATABASE:-airflow}" "${MLFLOW_DATABASE:-mlflow}"; do
  # Under another name until it is whole.
  $psql pg_dump --username "$user" --format custom "$database" > "$folder/.$database.partial"
  mv "$folder/.$database.partial" "$folder/$database.dump"
done
echo "$folder: $(du -sh "$folder" | cut -f1)"
