#!/usr/bin/env bash
# deploy/restore.sh FOLDER: what deploy/backup.sh wrote, in the place of what is there. Each database changes as a whole or not at
# all. Stop what writes first: docker compose stop airflow-scheduler airflow-api-server airflow-triggerer airflow-dag-processor worker
# mlflow; afterwards `docker compose up --wait`.
set -euo pipefail

folder=${1:?"usage: deploy/restore.sh FOLDER (written by deploy/backup.sh)"}
psql=${PG_COMMAND-docker compose exec -T postgres}
user=${PGUSER:-reviewloop}
databases=("${AIRFLOW_DATABASE:-airflow}" "${MLFLOW_DATABASE:-mlflow}")
for database in "${databases[@]}"; do
  test -s "$folder/$database.dump" || { echo "$folder: no $database.dump; name a folder that deploy/backup.sh wrote" >&2; exit 1; }
done
for database in "${databases[@]}"; do
  $psql pg_restore --username "$user" --dbname "$database" --clean --if-exists --no-owner --single-transaction \
    < "$folder/$database.dump"
  echo "restored $database"
done
