"""Too little memory, and too little disk: the failures are the libraries' own, provoked where a run meets them."""

import errno
import json
from collections.abc import Callable

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import BertForSequenceClassification

from reviewloop.errors import PermanentError, TransientError
from reviewloop.training import checkpoints
from reviewloop.training.faults import is_disk_full, is_out_of_memory
from reviewloop.training.finetune import finetune, main
from reviewloop.training.ranks import Ranks

FORWARD = BertForSequenceClassification.forward


def on_the_gpu() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")


def off_the_gpu() -> None:
    torch.empty(2**60, dtype=torch.uint8)


def in_python() -> None:
    bytearray(2**62)


@pytest.fixture
def memory_for(monkeypatch):
    """``memory_for(2, fail)``: the model can read two rows at once, and fails by calling ``fail`` with more."""

    def plant(num_rows: int, fail=on_the_gpu) -> list[int]:
        seen: list[int] = []

        def forward(self, input_ids, **more):
            seen.append(len(input_ids))
            if self.training and len(input_ids) > num_rows:
                fail()
            return FORWARD(self, input_ids=input_ids, **more)

        monkeypatch.setattr(BertForSequenceClassification, "forward", forward)
        return seen

    return plant


@pytest.mark.parametrize("fail", [on_the_gpu, off_the_gpu, in_python])
def test_out_of_memory_is_tried_once_more_at_half_the_rows_a_pass(make_job, memory_for, fail):
    job = make_job("out", epochs=1)
    seen = memory_for(2, fail)
    finetune(job)
    assert json.loads((job.output / "result.json").read_text())["steps"] == 100
    assert seen[:3] == [4, 2, 2]


def test_the_retry_goes_on_from_the_last_checkpoint(make_job, memory_for, monkeypatch):
    job = make_job("out", epochs=1)
    seen = memory_for(4)

    def less_memory_later(self, input_ids, **more):
        seen.append(len(input_ids))
        if len(seen) == 31:
            on_the_gpu()
        return FORWARD(self, input_ids=input_ids, **more)

    monkeypatch.setattr(BertForSequenceClassification, "forward", less_memory_later)
    finetune(job)
    trained = [rows for rows in seen if rows <= 4]
    assert trained[:31] == [4] * 31
    assert trained[31 : 31 + 2 * 72] == [2] * 144, "steps 29 to 100 in two passes each, after the checkpoint at step 28"


def test_a_run_killed_after_the_retry_does_not_run_out_of_memory_again(make_job, memory_for):
    job = make_job("out", epochs=1)
    (job.output / "passes.json").write_text('{"accumulation": 2}')
    seen = memory_for(2)
    finetune(job)
    assert seen[0] == 2


def test_out_of_memory_for_a_second_time_ends_in_one_line_that_says_what_to_change(make_job, memory_for, caplog):
    job = make_job("out")
    memory_for(1)
    assert main(["--job", str(job.output / "job.json")]) == 1
    assert json.loads((job.output / "failure.json").read_text())["error"] == (
        "PermanentError: out of memory at 2 rows a pass (batch_size 4, accumulation 2), also after one try with fewer; raise "
        "accumulation, which leaves the results as they are, or lower batch_size: CUDA out of memory. Tried to allocate 20.00 GiB."
    )
    assert "Traceback" not in caplog.text


def test_a_single_row_that_is_too_much_is_not_tried_again(make_job, memory_for):
    seen = memory_for(0)
    with pytest.raises(PermanentError, match=r"out of memory at 1 rows a pass \(batch_size 4, accumulation 4\)"):
        finetune(make_job("out", accumulation=4))
    assert seen == [1]


def test_a_rank_among_others_asks_to_be_started_again_with_them(make_job, memory_for, monkeypatch):
    job = make_job("out")
    monkeypatch.setattr("reviewloop.training.finetune.run_seeds", lambda *_: on_the_gpu())
    with pytest.raises(TransientError, match="started again, it goes on with accumulation 2"):
        finetune(job, Ranks(1, 2))
    assert json.loads((job.output / "passes.json").read_text()) == {"accumulation": 2}


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("can't allocate memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))


@pytest.fixture
def disk_fills_up(monkeypatch):
    """``disk_fills_up(5)``: from the fifth checkpoint on, tensors are written to a device that is always full."""

    def plant(number: int) -> None:
        written: list[str] = []

        def save(tensors, path):
            written.append(str(path))
            save_file(tensors, path if len(written) < 2 * number else "/dev/full")

        monkeypatch.setattr(checkpoints, "save_file", save)

    return plant


def test_a_full_disk_ends_in_one_line_and_the_checkpoints_stay_whole(make_job, disk_fills_up, caplog):
    job = make_job("out")
    disk_fills_up(5)
    assert main(["--job", str(job.output / "job.json")]) == 1
    failure = json.loads((job.output / "failure.json").read_text())["error"]
    assert failure.startswith(f"PermanentError: {job.output}: the disk is full: it takes about ")
    assert " MB in all, " in failure
    assert failure.endswith(" MB are free now; make room and start again: the run goes on from its last checkpoint")
    assert "Traceback" not in caplog.text
    folder = job.output / "checkpoints"
    assert [path.name for path in sorted(folder.iterdir())] == ["step-00000021", "step-00000028"], "and no half-written one"
    for checkpoint in folder.iterdir():
        assert load_file(checkpoint / "model.safetensors")
        assert load_file(checkpoint / "optimiser.safetensors")


def test_with_room_again_the_run_goes_on_to_the_same_weights(make_job, disk_fills_up, monkeypatch):
    whole, full = make_job("whole", epochs=1), make_job("full", epochs=1)
    finetune(whole)
    disk_fills_up(5)
    with pytest.raises(PermanentError, match="the disk is full"):
        finetune(full)
    monkeypatch.undo()
    finetune(full)
    weights = "model/model.safetensors"
    assert (full.output / weights).read_bytes() == (whole.output / weights).read_bytes()


def test_a_disk_full_to_the_last_byte_still_ends_in_that_line(make_job, disk_fills_up, caplog, monkeypatch):
    job = make_job("out")
    disk_fills_up(5)

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("reviewloop.training.finetune.write_json", no_space)
    assert main(["--job", str(job.output / "job.json")]) == 1
    assert "the disk is full" in caplog.text
    assert not (job.output / "failure.json").exists()


def test_every_librarys_way_to_say_it_is_understood():
    def told_by(write: Callable[[], object]) -> BaseException:
        with pytest.raises(Exception) as told:  # noqa: PT011  of several libraries
            write()
        return told.value

    def plainly() -> None:
        with open("/dev/full", "w") as sink:  # noqa: PTH123
            sink.write("x" * 100_000)

    assert is_disk_full(told_by(plainly))
    assert is_disk_full(told_by(lambda: save_file({"a": torch.zeros(9)}, "/dev/full")))
    assert is_disk_full(told_by(lambda: Tokenizer(WordLevel({"a": 0}, unk_token="a")).save("/dev/full")))
    assert is_disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert not is_disk_full(PermissionError(errno.EACCES, "Permission denied"))
