"""Too little memory, and too little disk: the failures are the libraries' own, provoked where a run meets them."""

import errno
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import BertForSequenceClassification

from reviewloop.errors import PermanentError, TransientError
from reviewloop.training import checkpoints
from reviewloop.training.checkpoints import whole
from reviewloop.training.exhaustion import is_disk_full, is_out_of_memory
from reviewloop.training.finetune import finetune, main
from reviewloop.training.ranks import Ranks

pytestmark = pytest.mark.slow

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
    job = make_job("out", epochs=1, batch_size=16)
    seen = memory_for(8, fail)
    finetune(job)
    assert json.loads((job.output / "result.json").read_text())["steps"] == 25
    assert seen[:3] == [16, 8, 8]


def test_the_retry_goes_on_from_the_last_checkpoint(make_job, monkeypatch):
    seen: list[int] = []

    def less_memory_later(self, input_ids, **more):
        if self.training:
            seen.append(len(input_ids))
        if len(seen) == 17:
            on_the_gpu()
        return FORWARD(self, input_ids=input_ids, **more)

    monkeypatch.setattr(BertForSequenceClassification, "forward", less_memory_later)
    finetune(make_job("out", epochs=1, batch_size=16))
    assert seen == [16] * 17 + [8] * 22, "after the checkpoint at step 14, steps 15 to 25 in two passes each"


def test_a_run_killed_after_the_retry_does_not_run_out_of_memory_again(make_job, memory_for):
    job = make_job("out", epochs=1, batch_size=16)
    (job.output / "passes.json").write_text('{"accumulation": 2}')
    seen = memory_for(8)
    finetune(job)
    assert max(seen) == 8


def test_out_of_memory_for_a_second_time_ends_in_one_line_that_says_what_to_change(make_job, memory_for, caplog):
    job = make_job("out")
    memory_for(1)
    assert main(["--job", str(job.output / "job.json")]) == 1
    assert json.loads((job.output / "failure.json").read_text())["error"] == (
        "PermanentError: out of memory at 2 rows a pass (batch_size 4, accumulation 2); raise accumulation, which "
        "leaves the results as they are, or lower batch_size: CUDA out of memory. Tried to allocate 20.00 GiB."
    )
    assert "Traceback" not in caplog.text


def test_a_single_row_that_is_too_much_is_not_tried_again(make_job, memory_for):
    seen = memory_for(0)
    with pytest.raises(PermanentError, match=r"out of memory at 1 rows a pass \(batch_size 4, accumulation 4\)"):
        finetune(make_job("out", accumulation=4))
    assert seen == [1]


def test_ranks_that_run_out_of_memory_together_ask_to_be_started_again(make_job, monkeypatch):
    job = make_job("out")

    def as_the_other_rank_does(*_: object) -> None:
        (job.output / "passes.json").write_text('{"accumulation": 2}')
        on_the_gpu()

    monkeypatch.setattr("reviewloop.training.finetune.run_seeds", as_the_other_rank_does)
    with pytest.raises(TransientError, match="started again, it goes on with accumulation 2"):
        finetune(job, Ranks(1, 2))
    assert json.loads((job.output / "passes.json").read_text()) == {"accumulation": 2}


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("can't allocate memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))


NO_SPACE = SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")


@pytest.fixture
def disk_fills_up(monkeypatch):
    """``disk_fills_up(5)``: the tensors of the fifth checkpoint are half written when the disk is full."""

    def plant(number: int) -> None:
        written: list[Path] = []

        def save(tensors, path):
            written.append(path)
            if len(written) == 2 * number:
                path.write_bytes(b"half")
                raise NO_SPACE
            save_file(tensors, path)

        monkeypatch.setattr(checkpoints, "save_file", save)

    return plant


def test_a_full_disk_ends_in_one_line_and_the_checkpoints_stay_whole(make_job, disk_fills_up, caplog):
    job = make_job("out", batch_size=8)
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
    plain, full = (make_job(name, epochs=1, batch_size=8) for name in ("plain", "full"))
    finetune(plain)
    disk_fills_up(5)
    with pytest.raises(PermanentError, match="the disk is full"):
        finetune(full)
    finetune(full)
    weights = "model/model.safetensors"
    assert (full.output / weights).read_bytes() == (plain.output / weights).read_bytes()


def test_a_disk_full_to_the_last_byte_still_ends_in_that_line(make_job, disk_fills_up, caplog, monkeypatch):
    job = make_job("out", batch_size=8)
    disk_fills_up(5)

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("reviewloop.training.finetune.write_json", no_space)
    assert main(["--job", str(job.output / "job.json")]) == 1
    assert "the disk is full" in caplog.text
    assert not (job.output / "failure.json").exists()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Callable[[str], Path]]:
    """``small_disk("64k")``: the folder of a new disk of that size."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = []

    def make(size: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a disk of one's own needs root and a kernel that lets it mount")
        mounted.append(folder)
        return folder

    yield make
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)


def test_a_disk_that_is_really_full(make_job, small_disk, caplog):
    disk = small_disk("300k")
    make_job("out", output=str(disk), batch_size=8)
    assert main(["--job", str(disk / "job.json")]) == 1
    assert f"{disk}: the disk is full: it takes about " in caplog.text
    assert not (disk / "result.json").exists()
    kept = whole(disk / "checkpoints")
    assert kept, "the disk was too small for a single checkpoint"
    assert sorted((disk / "checkpoints").iterdir()) == kept
    assert load_file(kept[-1] / "optimiser.safetensors")


def test_every_librarys_way_to_say_it_is_understood(small_disk):
    disk = small_disk("64k")

    def told_by(write: Callable[[], object]) -> BaseException:
        with pytest.raises(Exception) as told:  # noqa: PT011  of several libraries
            write()
        for path in disk.iterdir():
            path.unlink()
        return told.value

    tokenizer = Tokenizer(WordLevel({f"word {i}": i for i in range(10_000)}, unk_token="word 0"))
    assert is_disk_full(told_by(lambda: (disk / "plain").write_bytes(bytes(100_000))))
    assert is_disk_full(told_by(lambda: save_file({"a": torch.zeros(100_000)}, disk / "tensors")))
    assert is_disk_full(told_by(lambda: tokenizer.save(str(disk / "tokenizer"))))


def test_what_is_no_lack_of_disk_is_not_taken_for_one():
    assert is_disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert is_disk_full(NO_SPACE)
    assert not is_disk_full(PermissionError(errno.EACCES, "Permission denied"))
    assert not is_disk_full(SafetensorError("header too large"))
