#!/usr/bin/env bash
# apache-airflow 3.3.2: events that come while a DAG waits for its one active run are not all handed to its next run.
#
# A DAG scheduled by an asset with max_active_runs=1 gets, after its run, one further run with the first of the events that came
# meanwhile. The others belong to no run until another event comes. So a consumer that works through triggering_asset_events
# skips days without an error, although every event was answered with 200. Name the asset among the task's inlets too and
# read inlet_events from the first event on. (Airflow issue 56050.)
#
# Seen, days 1 to 4 announced, 2 to 4 while the run of day 1 was at work:
#   run 1: 1
#   run 2: 2
#   run 3: none
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
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=$api/execution/ AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT=60
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$folder/compiled
mkdir -p "$AIRFLOW_HOME/dags"
cd "$folder"
cat >airflow/dags/consumer.py <<'END'
import time
from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, Asset, task

with DAG("consumer", schedule=[Asset("day")], max_active_runs=1, catchup=False):

    @task(retries=5, retry_delay=timedelta(seconds=1))  # on a busy machine a try may fail before it begins
    def take(triggering_asset_events=None, run_id=None):
        days = sorted(event.extra["day"] for events in triggering_asset_events.values() for event in events)
        Path("seen").touch()
        if run_id not in Path("seen").read_text():
            with Path("seen").open("a") as seen:
                print(run_id, *days, file=seen)
        while not Path("go").exists():
            time.sleep(0.2)

    take()
END
sed -i "s|Path(\"|Path(\"$folder/|" airflow/dags/consumer.py
fail() { echo "airflow-waiting-run-loses-events: $1" >&2; exit 1; }
wait_for() { # what, command ...: until the command succeeds, at most 3 minutes
    local what=$1
    shift
    for _ in {1..360}; do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.5; done
    tail -n 3 ./*.log >&2
    fail "waited in vain: $what"
}
has_lines() { [ "$(wc -l <seen)" -ge "$1" ]; }
in_run() { sed -n "$1p" seen | cut -d" " -f2- | grep . || echo none; }
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
wait_for "the DAG" ask "$api/api/v2/dags/consumer"
wait_for "the asset" asset_id
asset=$(asset_id)
announce() { ask -o answer -X POST "$api/api/v2/assets/events" -d "{\"asset_id\": $asset, \"extra\": {\"day\": $1}}"; }

announce 1
wait_for "the first run" has_lines 1
for day in 2 3 4; do announce $day; sleep 1; done
sleep 5
touch go
wait_for "the second run" has_lines 2
sleep 20
for number in 1 2 3; do echo "run $number: $(in_run $number)"; done | tee told
[ "$(tr '\n' ' ' <told)" = "run 1: 1 run 2: 2 run 3: none " ] || fail "no longer so: see the runs above"
