#!/usr/bin/env bash
# apache-airflow-providers-openlineage 2.20.3 (apache-airflow 3.3.2): a task whose process is killed tells its start and no end.
#
# The provider tells of a task from inside the task's own process. Where that is killed (out of memory, kill -9), Airflow marks the task
# failed within a second, and its DAG run too, whose own end is told by the scheduler; but of the task a receiver has a START for
# ever: whoever counts running jobs counts it as running. Have the scheduler tell the ends of failed tries when their run is over, under
# the same run ids (`OpenLineageAdapter.build_task_instance_run_id`).
#
# Seen, a DAG with a task that raises and one that kills itself, each without a retry:
#   raises: FAIL START
#   killed: START
#   the run: FAIL START
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
grep -Eo '^[a-z0-9._-]+==[^ ]+' "$here/../requirements.txt" >"$folder/versions.txt"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check apache-airflow==3.3.2 \
    apache-airflow-providers-openlineage==2.20.3 -c "$folder/versions.txt"

port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
api=http://127.0.0.1:$port
export AIRFLOW_HOME=$folder/airflow PATH=$folder/venv/bin:$PATH
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__PARALLELISM=2 AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME=0.2
export AIRFLOW__API__PORT=$port AIRFLOW__API__BASE_URL=$api AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__WORKERS=1
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=$api/execution/ AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT=60
export AIRFLOW__OPENLINEAGE__TRANSPORT="{\"type\": \"file\", \"log_file_path\": \"$folder/events/event\"}"
export AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT=120 # seconds, for a busy machine
unset PYTHONDONTWRITEBYTECODE PYTHONPATH
export PYTHONPYCACHEPREFIX=$folder/compiled
mkdir -p "$AIRFLOW_HOME/dags" "$folder/events"
cd "$folder"
cat >airflow/dags/ends.py <<'END'
import os
import signal

from airflow.sdk import DAG, task

with DAG("ends", schedule=None):

    @task
    def raises():
        raise ValueError("as planned")

    @task
    def killed():
        os.kill(os.getpid(), signal.SIGKILL)

    raises()
    killed()
END
fail() { echo "openlineage-killed-task-has-no-end: $1" >&2; exit 1; }
wait_for() { # what, command ...: until the command succeeds, at most 5 minutes
    local what=$1
    shift
    for _ in {1..600}; do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.5; done
    tail -n 3 ./*.log >&2
    fail "waited in vain: $what"
}
ask() { curl -fsS -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"; }
types() { # job: the types of its events, each once
    python - "$1" <<'END'
import json, pathlib, sys
events = [json.loads(path.read_text()) for path in pathlib.Path("events").glob("event-*.json")]
print(*sorted({event["eventType"] for event in events if event["job"]["name"] == sys.argv[1]} - {"RUNNING"}))
END
}
is_over() { ask "$api/api/v2/dags/ends/dagRuns/once" | grep -q '"state":"failed"'; }
is_told() { [ "$(types ends)" = "FAIL START" ]; }

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
wait_for "the DAG" ask "$api/api/v2/dags/ends"
wait_for "the run" ask -X POST "$api/api/v2/dags/ends/dagRuns" -d '{"dag_run_id": "once", "logical_date": null}'
wait_for "its end" is_over
wait_for "the event of its end" is_told
sleep 10
{
    echo "raises: $(types ends.raises)"
    echo "killed: $(types ends.killed)"
    echo "the run: $(types ends)"
} | tee told
[ "$(tr '\n' '|' <told)" = "raises: FAIL START|killed: START|the run: FAIL START|" ] || fail "no longer so: see above"
