#!/usr/bin/env bash
# optuna 5.0.0: a trial whose worker is killed before its first heartbeat is never found stale.
#
# With heartbeat_interval set, fail_stale_trials() is to fail the trials that a killed worker has left RUNNING. It looks only at
# those that have a heartbeat, and the first one is written after the trial has been made RUNNING: a worker killed between the two
# leaves a trial that stays RUNNING for ever, however long the grace period is over. With ask() no heartbeat is written at all, so
# that no trial of a study that is asked and told is ever found (ask() warns of that; fail_stale_trials() says nothing).
# Give a study a time at which its trials are over, and fail what is open then.
#
# Seen, two seconds after both, at a grace period of one:
#   with a heartbeat: FAIL
#   without: RUNNING
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check optuna==5.0.0
cat >"$folder/look.py" <<'END'
import sys
import time
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
store = optuna.storages.RDBStorage(f"sqlite:///{sys.argv[1]}/a.db", heartbeat_interval=1, grace_period=1)
study = optuna.create_study(storage=store)
beating, silent = study.ask(), study.ask()
store.record_heartbeat(beating._trial_id)
time.sleep(2)
optuna.storages.fail_stale_trials(study)
print("with a heartbeat:", study.trials[0].state.name)
print("without:", study.trials[1].state.name)
END
"$folder/venv/bin/python" "$folder/look.py" "$folder" | tee "$folder/told"
[ "$(tr '\n' ' ' <"$folder/told")" = "with a heartbeat: FAIL without: RUNNING " ] || {
    echo "optuna-trial-without-a-beat-runs-for-ever: no longer so: see above" >&2
    exit 1
}
