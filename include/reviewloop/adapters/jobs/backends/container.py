"""What a job of Batch or Kubernetes runs in the project's image: ``python -m reviewloop.adapters.jobs.backends.container URI``.

URI is the job's place in S3, ``s3://bucket/jobs/batch/NAME`` for one.

Fetches the inputs, runs the fine-tune program in script mode as a child, keeps its state in S3 while it runs, and stores the
finished job whole, its manifest last. Killed at any moment and started again, it goes on from the last state in S3.
Exit status: 0 the result is there; 137 the program was killed, or another start mends it, and may be started again; anything
else is the program's own, which has said why.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import IO, Final

from reviewloop.adapters.jobs.backends.layout import Layout
from reviewloop.adapters.jobs.backends.saved_state import SavedState
from reviewloop.adapters.jobs.backends.stored_job import LEFT, RESULT, is_finished
from reviewloop.adapters.jobs.backends.traces import traces
from reviewloop.adapters.jobs.process import FAILURE, LOG
from reviewloop.adapters.jobs.program import PARTS, command, environment, fetch_inputs
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.errors import ReviewloopError
from reviewloop.models.encoder.pretrained import pretrained
from reviewloop.settings import settings

log = logging.getLogger(__name__)
SAVE_SECONDS: Final = float(os.environ.get("REVIEWLOOP_SAVE_SECONDS", "30"))
"""Between two looks for a new checkpoint."""
KILLED: Final = 128 + signal.SIGKILL


def main(uri: str) -> int:
    """Run the job at ``uri`` to its end; returns the exit status."""
    if is_finished(uri):
        log.info("the result is there: nothing to do")
        return 0
    layout = Layout(settings().work_dir / "container" / uri.rsplit("/", 1)[-1])
    shutil.rmtree(layout.root, ignore_errors=True)
    spec = JobSpec(**s3.read_json(f"{uri}/job.json"))
    inputs = fetch_inputs(spec.features_uri, layout.root / "inputs")
    for part in PARTS:
        layout.channel(part).mkdir(parents=True)
        (inputs / f"{part}.parquet").rename(layout.channel(part) / f"{part}.parquet")
    state = SavedState(layout.checkpoints, f"{uri}/state")
    state.restore()
    env = environment(pretrained(spec.parameters["base_model"])) | layout.variables(spec.parameters)
    status = _run(command(spec.num_gpus), env, layout.root / LOG, state, uri)
    _store(layout, uri, succeeded=status == 0)
    return KILLED if status and not _said_why(layout) else status


def _said_why(layout: Layout) -> bool:
    """Whether the program has failed by itself: one that was killed, or that another start mends, leaves no reason."""
    return (layout.checkpoints / FAILURE).exists() or (layout.data.parent / "failure").exists()


def _run(words: list[str], env: dict[str, str], output: Path, state: SavedState, uri: str) -> int:
    """The child's exit status, negative where a signal ended it; its output goes to ours and to the file ``output``."""
    everything = {**os.environ, **env}
    child = subprocess.Popen(words, env=everything, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603 (our own)
    assert child.stdout is not None  # noqa: S101 (for the types)
    relay = threading.Thread(target=_relay, args=(child.stdout, output))
    relay.start()

    def end(_signal: int, _frame: FrameType | None) -> None:
        child.terminate()

    before = signal.signal(signal.SIGTERM, end)  # the first process of a container ignores it unless it says otherwise
    try:
        while True:
            try:
                return child.wait(SAVE_SECONDS)
            except subprocess.TimeoutExpired:
                _save(state, output, uri)
    finally:
        child.kill()
        relay.join()
        signal.signal(signal.SIGTERM, before)


def _save(state: SavedState, output: Path, uri: str) -> None:
    try:
        state.save()
        s3.upload(output, _left(uri, LOG))  # a pod that is lost takes its log along
    except (OSError, ReviewloopError):
        log.exception("the state of the training could not be kept this time")  # the training itself is none the worse


def _relay(source: IO[bytes], output: Path) -> None:
    with output.open("wb") as sink:
        for line in source:
            sink.write(line)
            sink.flush()
            sys.stdout.buffer.write(line)
            sys.stdout.flush()


def _store(layout: Layout, uri: str, *, succeeded: bool) -> None:
    """The finished job, whole; or what a failed one left behind, for its report."""
    kept = dict(traces(layout.checkpoints)) | dict(traces(layout.data)) | {LOG: layout.root / LOG}
    if succeeded:
        model = {f"model/{path.relative_to(layout.model).as_posix()}": path for path in layout.model.rglob("*") if path.is_file()}
        artifacts.publish(uri, kept | model, folder=RESULT)
        return
    for name, path in kept.items():
        s3.upload(path, _left(uri, name))


def _left(uri: str, name: str) -> str:
    """Where this job leaves what it does not finish."""
    return f"{uri}/{LEFT}/{os.environ.get('REVIEWLOOP_JOB_ID') or os.environ['AWS_BATCH_JOB_ID']}/{name}"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    sys.exit(main(sys.argv[1]))
