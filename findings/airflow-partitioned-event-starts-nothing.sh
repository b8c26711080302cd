#!/usr/bin/env bash
# apache-airflow 3.3.2: an event with a partition starts no run of a DAG that waits for the plain asset, and the other way round.
#
# schedule=[Asset("day")] answers to events without a partition_key alone, schedule=PartitionedAssetTimetable(assets=...) to
# those with one alone. Whichever way a producer announces, the API says 200 and keeps the event, and the DAGs of the other
# kind just never run: no error, nothing queued. A producer that moves to partitions must take all its consumers along.
#
# Seen, one asset, two consumers:
#   event without a partition: plain 1 runs, partitioned 0 runs
#   and one with a partition: plain 1 runs, partitioned 1 runs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
parts=()
end() {
    if [ ${#parts[@]} -gt 0 ]; then kill "${parts[@]}" 2>/dev/null || true; wait "${parts[@]}" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap end EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
# The versions of what Airflow needs are taken from the lock, in place of Airflow's own constraints.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check apache-airflow==3.3.2 -c "$here/../requirements.txt"

port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
api=http://127.0.0.1:$port
export AIRFLOW_HOME=$folder/airflow PATH=$folder/venv/bin:$PATH
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__PARALLELISM=2 AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME=0.2
export AIRFLOW__API__PORT=$port AIRFLOW__API__BASE_URL=$api AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__WORKERS=1
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=$api/execution/
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$folder/compiled
mkdir -p "$AIRFLOW_HOME/dags"
cd "$folder"
cat >airflow/dags/consumers.py <<'END'
from airflow.sdk import DAG, Asset, PartitionedAssetTimetable
from airflow.providers.standard.operators.empty import EmptyOperator

day = Asset("day")
with DAG("plain", schedule=[day], catchup=False):
    EmptyOperator(task_id="take")
with DAG("partitioned", schedule=PartitionedAssetTimetable(assets=day), catchup=False):
    EmptyOperator(task_id="take")
END
fail() { echo "airflow-partitioned-event-starts-nothing: $1" >&2; exit 1; }
wait_for() { # what, command ...: until the command succeeds, at most 3 minutes
    local what=$1
    shift
    for _ in {1..360}; do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.5; done
    tail -n 3 ./*.log >&2
    fail "waited in vain: $what"
}
runs() { ask "$api/api/v2/dags/$1/dagRuns" | grep -o '"total_entries":[0-9]*' | grep -o '[0-9]*$'; }
has_run() { [ "$(runs "$1")" -ge 1 ]; }
ask() { curl -fsS -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"; }
asset_id() { ask "$api/api/v2/assets?name_pattern=day" | grep -o '"assets":\[{"id":[0-9]*' | grep -o '[0-9]*$'; }

airflow db migrate >migrate.log 2>&1 || fail "no database"
start() {
    airflow "$@" >"$1.log" 2>&1 &
    parts+=($!)
}
start api-server
start dag-processor
start scheduler --skip-serve-logs
wait_for "the API" curl -fsS "$api/api/v2/version"
token=$(curl -fsS "$api/auth/token" | grep -o '"access_token":"[^"]*' | cut -d'"' -f4)
for dag in plain partitioned; do wait_for "the DAG $dag" ask "$api/api/v2/dags/$dag"; done
wait_for "the asset" asset_id
asset=$(asset_id)
announce() { ask -o answer -X POST "$api/api/v2/assets/events" -d "{\"asset_id\": $asset$1}"; }
tell() { echo "$1: plain $(runs plain) runs, partitioned $(runs partitioned) runs"; }

announce ""
wait_for "a run of plain" has_run plain
sleep 15
tell "event without a partition" | tee seen
announce ', "partition_key": "2026-03-01"'
wait_for "a run of partitioned" has_run partitioned
sleep 15
tell "and one with a partition" | tee -a seen
diff - seen <<'END' || fail "no longer so: see the difference above"
event without a partition: plain 1 runs, partitioned 0 runs
and one with a partition: plain 1 runs, partitioned 1 runs
END
