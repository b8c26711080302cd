#!/usr/bin/env bash
# apache-airflow 3.3.2: a Human-in-the-loop task that is cleared goes on showing the words that it showed first.
#
# Subject and body are templates, rendered anew by each try. The server keeps those of the first one: its `upsert` of the
# question takes away the old answer and leaves the old text (the row follows the task into its next try). A person who
# approves then says yes to words that are no longer asked. An approval must be checked against what the server has stored:
# its answer to the upsert holds it. (apache/airflow PR 73235 is about this.)
#
# Seen, through the server's own functions, on a database of its own:
#   asked    'version 1', shown: 'version 1'
#   cleared, asked 'version 2', shown: 'version 1'
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "airflow-cleared-question-shows-the-old-text: $1" >&2; exit 1; }
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
# The versions of what Airflow needs are taken from the lock, in place of Airflow's own constraints.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check apache-airflow==3.3.2 -c "$here/../requirements.txt"

export AIRFLOW_HOME=$folder/airflow PATH=$folder/venv/bin:$PATH AIRFLOW__CORE__LOAD_EXAMPLES=False
unset PYTHONDONTWRITEBYTECODE PYTHONPATH
export PYTHONPYCACHEPREFIX=$folder/compiled
mkdir -p "$AIRFLOW_HOME/dags"
cd "$folder"
cat >airflow/dags/asks.py <<'END'
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG

with DAG("asks", schedule=None):
    ApprovalOperator(task_id="approve", subject="Release?", body="as the task's own code renders it")
END
for command in "db migrate" "dags reserialize" "dags trigger asks -r one"; do
    airflow $command >log 2>&1 || { tail -n 3 log >&2; fail "airflow $command"; }
done
python - <<'END' | tee seen
from airflow.api_fastapi.execution_api.datamodels.hitl import HITLDetailRequest
from airflow.api_fastapi.execution_api.routes.hitl import upsert_hitl_detail
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.utils.session import create_session
from sqlalchemy import select


def ask(body):
    """As the worker does when the task begins to wait; returns what people are shown."""
    with create_session() as session:
        task = session.scalar(select(TaskInstance))
        payload = HITLDetailRequest(ti_id=task.id, options=["Approve", "Reject"], subject="Release?", body=body, assigned_users=[])
        upsert_hitl_detail(task.id, payload, session)
        session.flush()
        return session.scalar(select(HITLDetail.body).where(HITLDetail.ti_id == task.id))


def clear():
    with create_session() as session:
        task = session.scalar(select(TaskInstance))
        task.state, task.try_number = "success", 1
        session.flush()
        clear_task_instances([task], session)


print("asked    'version 1', shown:", repr(ask("version 1")))
clear()
print("cleared, asked 'version 2', shown:", repr(ask("version 2")))
END
diff - seen <<'END' || fail "no longer so: see the difference above"
asked    'version 1', shown: 'version 1'
cleared, asked 'version 2', shown: 'version 1'
END
