"""Workers have the heavy libraries imported before they are forked. In processes of their own: what is imported stays."""

import subprocess
import sys


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    return [word for line in done.stdout.splitlines() if line.startswith("## ") for word in line.split()[1:]]


def test_a_worker_of_the_local_executor_is_forked_with_them_and_they_start_no_thread() -> None:
    code = """
import multiprocessing, sys, threading
from airflow.executors import local_executor
from reviewloop_airflow.executor import PreloadedLocalExecutor
from reviewloop_airflow.libraries import LIBRARIES

def look(*args, input, output, **kwargs):  # in place of a worker's loop
    print("##", sum(name in sys.modules for name in LIBRARIES) / len(LIBRARIES), threading.active_count(), flush=True)

local_executor._run_worker = look
assert not {"torch", "mlflow", "evidently"} & set(sys.modules), "importing the executor imports nothing heavy"
executor = PreloadedLocalExecutor(parallelism=1)
executor.start()
for process in executor.workers.values():
    process.join()
print("##", threading.active_count(), multiprocessing.get_start_method())
"""
    assert run(code) == ["1.0", "1", "1", "fork"]
