import pytest

from reviewloop.training.job import Job
from reviewloop.training.model import load_classifier, make_optimiser, schedule


def test_the_learning_rate_rises_over_the_warm_up_and_falls_to_nearly_nothing():
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[99] == pytest.approx(1 / 90)
    assert schedule(0, 5, 0.0) == 1.0


def test_the_head_has_its_own_rate_and_biases_and_norms_do_not_decay(job_values):
    job = Job.model_validate({**job_values, "learning_rate": 2e-3})
    model = load_classifier(job.base_model, job.labels)
    optimiser = make_optimiser(model, job)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    seen = {names[id(p)]: (group["peak"], group["weight_decay"]) for group in optimiser.param_groups for p in group["params"]}
    assert len(seen) == len(names), "every parameter is trained"
    assert seen["classifier.weight"] == (5e-3, 0.01)
    assert seen["classifier.bias"] == (5e-3, 0.0)
    assert seen["bert.encoder.layer.0.output.LayerNorm.weight"] == (2e-3, 0.0)
    assert seen["bert.embeddings.word_embeddings.weight"] == (2e-3, 0.01)
