import pytest
import torch

from reviewloop.training.optimisation.dropout import CpuDropout, Draws, speed_up


@pytest.fixture
def dropout() -> CpuDropout:
    return CpuDropout(0.1, Draws())


def test_a_tenth_is_dropped_and_the_mean_stays(dropout):
    values = dropout(torch.ones(400, 500))
    assert (values == 0).float().mean().item() == pytest.approx(26 / 256, abs=0.003)
    assert values.mean().item() == pytest.approx(1, abs=0.005)


def test_the_gradient_goes_where_the_values_went(dropout):
    values = torch.ones(50, 50, requires_grad=True)
    dropped = dropout(values)
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_neighbours_are_dropped_independently(dropout):
    dropped = (dropout(torch.ones(100_000)) == 0).float()
    for distance in (1, 2, 7, 8):
        together = (dropped[:-distance] * dropped[distance:]).mean().item()
        assert together == pytest.approx((26 / 256) ** 2, abs=0.002)


def test_the_same_seed_draws_the_same_masks_and_another_does_not(dropout):
    draws, values = dropout._draws, torch.ones(1000)
    drawn = []
    for numbers in ((7, 1), (7, 1), (7, 2)):
        draws.seed(*numbers)
        drawn.append(torch.stack([dropout(values), dropout(values)]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0][0], drawn[0][1])


def test_nothing_is_dropped_outside_training(dropout):
    values = torch.randn(3, 5)
    assert torch.equal(dropout.eval()(values), values)


def test_what_is_kept_is_scaled_as_near_as_bf16_has_it(dropout):
    kept = dropout(torch.ones(1000, dtype=torch.bfloat16)).unique().tolist()
    assert kept == [0, torch.tensor(256 / 230).bfloat16().item()]


def test_values_that_lie_across_memory_get_a_mask_of_their_own(dropout):
    across = torch.ones(200, 300).t()
    assert (dropout(across) == 0).float().mean().item() == pytest.approx(26 / 256, abs=0.01)


@pytest.mark.parametrize("shape", [(), (1,), (3, 7), (0, 4)])
def test_any_shape_is_taken_in_bf16_too(dropout, shape):
    values = dropout(torch.ones(shape, dtype=torch.bfloat16))
    assert values.shape == shape
    assert values.dtype == torch.bfloat16


def test_every_dropout_of_a_model_is_replaced_but_one_that_drops_all():
    model = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Sequential(torch.nn.Dropout(0.5)), torch.nn.Dropout(1.0))
    speed_up(model)
    assert [type(module).__name__ for module in model.modules()] == [
        "Sequential", "CpuDropout", "Sequential", "CpuDropout", "Dropout",
    ]  # fmt: skip
    assert model[0].p == 0.2
