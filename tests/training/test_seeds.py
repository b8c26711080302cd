import json
import statistics

import pytest

from reviewloop.training import loop
from reviewloop.training.finetune import finetune

pytestmark = pytest.mark.slow

SHORT = {"epochs": 1, "batch_size": 20}
"""20 steps."""


class Killed(BaseException):
    """Stands for the death of the process."""


def read(path):
    return json.loads(path.read_text())


def test_the_best_seed_is_the_model_and_mean_and_spread_are_told(make_job):
    job = make_job("out", num_seeds=3, epochs=1, batch_size=8)
    finetune(job)
    result = read(job.output / "result.json")
    scores = [one["validation_macro_f1"] for one in result["seeds"]]
    assert [one["seed"] for one in result["seeds"]] == [7, 8, 9]
    assert len(set(scores)) > 1, "the seeds differ"
    assert result["validation_macro_f1"] == max(scores)
    assert result["seed"] == 7 + scores.index(max(scores))
    assert result["validation_macro_f1_mean"] == pytest.approx(statistics.fmean(scores))
    assert result["validation_macro_f1_std"] == pytest.approx(statistics.stdev(scores))
    best = job.output / f"seed-{result['seed']}"
    for name in ("model/model.safetensors", "model/model.json", "metrics.jsonl"):
        assert (job.output / name).read_bytes() == (best / name).read_bytes()
    assert not list(job.output.rglob("checkpoints")), "what a finished seed needs no more is gone"
    assert not list(job.output.rglob("epoch-*"))


def test_each_seed_is_the_run_of_that_seed_alone(make_job):
    several, alone = make_job("several", num_seeds=2, **SHORT), make_job("alone", seed=8, **SHORT)
    finetune(several)
    finetune(alone)
    weights = "model/model.safetensors"
    assert (several.output / "seed-8" / weights).read_bytes() == (alone.output / weights).read_bytes()


def test_a_run_killed_in_its_second_seed_goes_on_there(make_job, monkeypatch):
    whole, job = make_job("whole", num_seeds=2, **SHORT), make_job("killed", num_seeds=2, **SHORT)
    finetune(whole)
    real, trained = loop.train_step, []

    def counted(learner, batch, step, *rest):
        trained.append((learner.job.seed, step))
        if len(trained) == 30:
            raise Killed
        return real(learner, batch, step, *rest)

    monkeypatch.setattr(loop, "train_step", counted)
    with pytest.raises(Killed):
        finetune(job)
    assert trained[-1] == (8, 9)
    finetune(job)
    assert trained[30] == (8, 7), "from the checkpoint at 7 steps, and the first seed is not trained again"
    assert read(job.output / "result.json") == read(whole.output / "result.json")
