import math

import pytest
import torch

from reviewloop.training.job import Job
from reviewloop.training.optimisation.loss import row_losses

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0], [-3.0, 1.0, 0.5]])
LABELS = torch.tensor([0, 2, 0])


@pytest.fixture
def losses(job_values):
    def compute(logits: torch.Tensor = LOGITS, **changes: object) -> list[float]:
        return row_losses(logits, LABELS, Job.model_validate(job_values | changes)).tolist()

    return compute


def given() -> list[float]:
    """The probability of each row's true class, by hand."""
    return [math.exp(row[label]) / sum(map(math.exp, row)) for row, label in zip(LOGITS.tolist(), LABELS.tolist(), strict=True)]


def test_cross_entropy_is_minus_the_logarithm_of_what_the_true_class_was_given(losses):
    assert losses() == pytest.approx([-math.log(p) for p in given()], rel=1e-5)


def test_the_focal_loss_is_that_of_the_paper(losses):
    assert losses(loss="focal", focal_gamma=2.0) == pytest.approx([-((1 - p) ** 2) * math.log(p) for p in given()], rel=1e-5)


def test_focal_with_gamma_zero_is_the_cross_entropy(losses):
    assert losses(loss="focal", focal_gamma=0.0) == pytest.approx(losses())


def test_smoothing_spreads_a_part_of_the_target_over_all_classes(losses):
    logs = LOGITS.log_softmax(1).tolist()
    by_hand = [-(0.9 * row[label] + 0.1 * sum(row) / 3) for row, label in zip(logs, LABELS.tolist(), strict=True)]
    assert losses(label_smoothing=0.1) == pytest.approx(by_hand, rel=1e-5)


def test_bf16_logits_are_lifted_to_fp32(losses):
    assert losses(LOGITS.bfloat16()) == pytest.approx(losses())


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_a_row_the_model_is_wholly_sure_of_has_a_slope_that_is_a_number(gamma, job_values):
    logits = torch.tensor([[200.0, -200.0, 0.0]], requires_grad=True)
    job = Job.model_validate(job_values | {"loss": "focal", "focal_gamma": gamma})
    row_losses(logits, torch.tensor([0]), job).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
