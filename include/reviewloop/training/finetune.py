"""Fine-tune a transformer: ``python -m reviewloop.training.finetune --job job.json``.

A program of its own, so that the same command runs on a laptop, in a container, under ``torchrun`` on several GPUs, and,
without ``--job``, as a SageMaker training job (see ``reviewloop.training.script_mode``). It reads Parquet files, leaves a
model folder, and writes ``result.json`` last. Killed at any moment and started again, it goes on from its last checkpoint
and, on a CPU, ends with the same weights bit for bit.
"""

import argparse
import gc
import json
import logging
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from reviewloop.errors import ConfigError, PermanentError, ReviewloopError, TransientError
from reviewloop.files import write_json
from reviewloop.training import ranks, script_mode
from reviewloop.training.exhaustion import is_out_of_memory
from reviewloop.training.job import FAILURE, PASSES, RESULT, Job, read_job
from reviewloop.training.memory import keep_freed_memory
from reviewloop.training.ranks import Ranks
from reviewloop.training.seeds import run_seeds

log = logging.getLogger("finetune")


def finetune(job: Job, group: Ranks | None = None) -> None:
    """Run ``job`` to its result; does nothing where the result is there.

    Out of memory, it goes on from the last checkpoint at half the rows a pass, once. Raises ``PermanentError`` when that
    is too much as well; ``TransientError`` where other ranks wait for this one, so that all have to be started again.
    """
    group = group or Ranks()
    if (job.output / RESULT).exists():
        log.info("%s is there: nothing to do", RESULT)
        return
    noted = _passes_noted(job.output)
    present = job.model_copy(update={"accumulation": max(job.accumulation, noted)})
    try:
        run_seeds(present, group)
        return
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _note_twice_the_passes(present, group, str(error).partition("\n")[0], tried_before=noted > 1)
    # Past the except clause the failed run's frames are gone, and their tensors with them.
    gc.collect()
    torch.cuda.empty_cache()
    finetune(job, group)


def _passes_noted(output: Path) -> int:
    """Passes a step that a run out of memory left word of; 1 without."""
    file = output / PASSES
    return int(json.loads(file.read_text(encoding="utf-8"))["accumulation"]) if file.exists() else 1


def _note_twice_the_passes(job: Job, group: Ranks, reason: str, tried_before: bool) -> None:
    """Leave word that from now on a step takes twice the passes; of several ranks each may say so."""
    at = f"out of memory at {job.rows_per_pass} rows a pass (batch_size {job.batch_size}, accumulation {job.accumulation})"
    if tried_before or job.rows_per_pass == 1:
        what = "raise accumulation, which leaves the results as they are, or lower batch_size"
        raise PermanentError(f"{at}; {what}: {reason}")
    accumulation = min(2 * job.accumulation, job.batch_size)
    write_json(job.output / PASSES, {"accumulation": accumulation})
    log.warning("%s; going on with accumulation %d: %s", at, accumulation, reason)
    if group.world_size > 1:
        raise TransientError(f"{at}; started again, it goes on with accumulation {accumulation}")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 0 when the result is there, 2 when what was asked for makes no sense, 1 for any other failure."""
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\n{script_mode.__doc__}", formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--job", type=Path, help="the job file (see reviewloop.training.job); without it, script mode")
    options, words = parser.parse_known_args(argv)
    if options.job and words:
        parser.error(f"{words[0]}: nothing goes beside --job; the job file says it all")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        job = read_job(options.job) if options.job else script_mode.read_job(words)
    except ConfigError as error:
        log.error("%s", error)
        if not options.job:
            script_mode.tell_failure(str(error))
        return 2
    keep_freed_memory()
    try:
        with ranks.join() as group:
            _run(job, group, scripted=not options.job)
    except Exception as error:
        return _fail(job, error, scripted=not options.job)
    return 0


def _run(job: Job, group: Ranks, scripted: bool) -> None:
    job.output.mkdir(parents=True, exist_ok=True)
    if group.first:
        (job.output / FAILURE).unlink(missing_ok=True)
    else:
        log.setLevel(logging.WARNING)
    group.wait()
    finetune(job, group)
    if scripted and group.first:
        script_mode.export(job)
    group.wait()


def _fail(job: Job, error: Exception, scripted: bool) -> int:
    """Tell why; returns the exit status.

    The parent may be gone by now: ``failure.json`` tells whoever reconnects that another start would fail the same way.
    A failure that another start mends leaves none, as a kill does. Of several ranks, the first to fail knows the reason.
    """
    if isinstance(error, TransientError) or ranks.lost_a_partner(error):
        log.error("%s", error)
        return 1
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, ReviewloopError):
        log.error("%s", error)
    else:
        log.error("%s", reason, exc_info=error)
    with suppress(OSError):  # the disk may be what failed
        if not (job.output / FAILURE).exists():
            write_json(job.output / FAILURE, {"error": reason, "trace": "".join(traceback.format_exception(error))})
    if scripted:
        script_mode.tell_failure(reason)
    return 1


if __name__ == "__main__":
    sys.exit(main())
