import numpy as np
import pytest
import torch

from reviewloop.training.data.data import EncodedPart, read_part
from reviewloop.training.data.passes import Batch, make_batch
from reviewloop.training.job import Job
from reviewloop.training.optimisation.step import make_learner, train_step
from reviewloop.training.ranks import Ranks
from reviewloop.training.watch.watcher import Watcher


@pytest.fixture
def part(parts) -> EncodedPart:
    return read_part(parts / "train.parquet", 48, 3)


def shortest(part: EncodedPart, num_rows: int) -> np.ndarray:
    return np.argsort(part.lengths, kind="stable")[:num_rows]


def rows_of(batch: Batch) -> list[int]:
    return [len(one.labels) for one in batch.passes]


def make(job: Job, part: EncodedPart, num_rows: int, ranks: Ranks = Ranks()) -> Batch:  # noqa: B008  frozen
    return make_batch(shortest(part, num_rows), part, job, ranks, pad_id=0)


def step_of(job: Job, part: EncodedPart, num_rows: int, tmp_path) -> tuple[float, float, dict[str, torch.Tensor]]:
    """Loss, gradient norm and gradients of one step."""
    torch.manual_seed(0)
    learner = make_learner(job, Ranks(), (part,))
    learner.model.train()
    watcher = Watcher(job.watch, learner.model, tmp_path / "watch", start_step=0, rank=0, world_size=1)
    watcher.begin_step(0)
    step = train_step(learner, make(job, part, num_rows), 0, 10, watcher)
    gradients = {name: one.grad for name, one in learner.model.named_parameters() if one.grad is not None}
    return step.loss.item(), step.gradient_norm.item(), gradients


@pytest.mark.parametrize(("accumulation", "num_rows"), [(2, 32), (5, 32), (32, 32), (4, 7), (8, 3)])
def test_passes_add_up_to_the_gradient_of_the_whole_batch(accumulation, num_rows, make_job, still_bert, part, in_fp32, tmp_path):
    values = {"base_model": str(still_bert), "batch_size": 32, "max_gradient_norm": 1e9}
    loss, norm, gradients = step_of(make_job("whole", **values), part, num_rows, tmp_path)
    again = step_of(make_job("cut", **values, accumulation=accumulation), part, num_rows, tmp_path)
    assert again[0] == pytest.approx(loss, rel=1e-5)
    assert again[1] == pytest.approx(norm, rel=1e-4)
    for name, gradient in gradients.items():
        assert torch.allclose(again[2][name], gradient, rtol=1e-4, atol=1e-6), name


def test_the_loss_is_the_weighted_mean_over_the_batch(make_job, still_bert, part, in_fp32, tmp_path):
    job = make_job("out", base_model=str(still_bert), batch_size=32)
    torch.manual_seed(0)
    model = make_learner(job, Ranks(), (part,)).model.train()
    batch = make(job, part, 32)
    (rows,) = batch.passes
    logits = model(input_ids=rows.ids, attention_mask=rows.mask).logits
    losses = torch.nn.functional.cross_entropy(logits, rows.labels, reduction="none")
    weights = torch.from_numpy(part.weights[shortest(part, 32)])
    assert step_of(job, part, 32, tmp_path)[0] == pytest.approx((losses * weights).mean().item(), rel=1e-5)


def test_a_batch_is_cut_into_passes_of_nearly_equal_size(make_job, part):
    job = make_job("out", batch_size=32, accumulation=5)
    batch = make(job, part, 32)
    assert rows_of(batch) == [7, 7, 6, 6, 6]
    assert rows_of(make(job, part, 3)) == [1, 1, 1]
    assert sum(one.shares.sum().item() for one in batch.passes) == pytest.approx(part.weights[shortest(part, 32)].mean())


def test_ranks_share_the_rows_of_a_batch(make_job, part):
    job = make_job("out", batch_size=32)
    shares = [make(job, part, 31, Ranks(rank, 3)) for rank in range(3)]
    assert [len(batch.labels) for batch in shares] == [11, 10, 10]
    assert [batch.num_rows for batch in shares] == [31] * 3
    whole = make(job, part, 31)
    assert sum(batch.num_tokens for batch in shares) == whole.num_tokens == np.sort(part.lengths)[:31].sum()
    total = sum(one.shares.sum().item() for batch in shares for one in batch.passes)
    assert total == pytest.approx(whole.passes[0].shares.sum().item())


def test_a_rank_without_a_row_reads_one_that_counts_for_nothing(make_job, part):
    batch = make(make_job("out"), part, 2, Ranks(2, 3))
    assert rows_of(batch) == [1]
    assert batch.passes[0].shares.tolist() == [0.0]
    assert len(batch.labels) == batch.num_tokens == 0


def test_what_dropout_draws_is_a_function_of_seed_and_step(make_job, part, tmp_path):
    job = make_job("out", batch_size=32)
    torch.rand(3)
    first = step_of(job, part, 32, tmp_path)[0]
    torch.rand(5)
    assert step_of(job, part, 32, tmp_path)[0] == first
    assert step_of(job.model_copy(update={"seed": 8}), part, 32, tmp_path)[0] != first
