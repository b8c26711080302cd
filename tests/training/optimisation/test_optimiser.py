import pytest

from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.job import Job
from reviewloop.training.optimisation.optimiser import make_optimiser, schedule


def rates(values: dict, num_steps: int = 100, **changes: object) -> list[float]:
    job = Job.model_validate(values | {"warmup_share": 0.1} | changes)
    return [schedule(step, num_steps, job) for step in range(num_steps)]


def settings(job: Job) -> dict[str, tuple[float, float]]:
    """Peak rate and weight decay of each parameter that learns."""
    model = load_classifier(job.base_model, job.labels)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = make_optimiser(model, job).param_groups
    found = {names[id(p)]: (group["peak"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert len(found) == len(names), "every parameter is trained"
    return found


def test_the_learning_rate_rises_over_the_warm_up_and_falls_to_nearly_nothing(job_values):
    linear = rates(job_values)
    assert linear[0] == pytest.approx(0.1)
    assert max(linear) == linear[9] == linear[10] == 1.0
    assert linear[10:] == sorted(linear[10:], reverse=True)
    assert linear[99] == pytest.approx(1 / 90)


def test_a_cosine_stays_high_longer_and_ends_lower(job_values):
    linear, cosine = rates(job_values), rates(job_values, schedule="cosine")
    assert cosine[:11] == linear[:11]
    assert cosine[10:] == sorted(cosine[10:], reverse=True)
    assert cosine[30] > linear[30]
    assert cosine[55] == pytest.approx(0.5)
    assert cosine[99] < 0.001


def test_a_constant_rate_stays_at_its_peak_after_the_warm_up(job_values):
    assert rates(job_values, schedule="constant")[9:] == [1.0] * 91


def test_without_a_warm_up_the_first_step_has_the_peak(job_values):
    for shape in ("linear", "cosine", "constant"):
        assert rates(job_values, 5, schedule=shape, warmup_share=0.0)[0] == 1.0
    assert rates(job_values, 1, warmup_share=0.9) == [1.0]


def test_the_head_has_its_own_rate_and_biases_and_norms_do_not_decay(job_values):
    found = settings(Job.model_validate(job_values | {"learning_rate": 2e-3}))
    assert found["classifier.weight"] == (5e-3, 0.01)
    assert found["classifier.bias"] == (5e-3, 0.0)
    assert found["bert.pooler.dense.weight"] == (5e-3, 0.01)
    assert found["bert.encoder.layer.0.output.LayerNorm.weight"] == (2e-3, 0.0)
    assert found["bert.embeddings.word_embeddings.weight"] == (2e-3, 0.01)


def test_each_layer_learns_at_a_share_of_the_one_above(job_values):
    found = settings(Job.model_validate(job_values | {"learning_rate": 2e-3, "layer_decay": 0.5}))
    assert found["classifier.weight"][0] == 5e-3
    assert found["bert.encoder.layer.1.output.dense.weight"][0] == 2e-3
    assert found["bert.encoder.layer.0.output.dense.weight"][0] == 1e-3
    assert found["bert.embeddings.position_embeddings.weight"][0] == 5e-4
