"""The fine-tuned transformer beside the other kinds, by three seeds."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from time import time

import numpy as np

from reviewloop.adapters.jobs.program import parameters, prepare
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.leaderboard import workplace
from reviewloop.adapters.leaderboard.bounded import ORPHAN_SECONDS, run_command
from reviewloop.adapters.leaderboard.program import ints
from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.leaderboard.apart import Apart, marked_apart
from reviewloop.core.leaderboard.row import require_probabilities
from reviewloop.errors import NothingToDo
from reviewloop.models.encoder.pretrained import pin
from reviewloop.models.predictor import load_predictor
from reviewloop.refs import SearchRef, SeedsRef, TrainingRef

log = logging.getLogger(__name__)

KIND = "fine-tuned transformer"
NUM_SEEDS = 3
ROW = "row.json"


def finetune_seeds(search: SearchRef) -> SeedsRef:
    """Fine-tune as the training would, with three seeds, and mark each on the validation part: out of fold there is no time for it.

    The training's own program, on this machine, killed with all that it has started when the leaderboard's time is over. Tried
    again, it goes on from its last checkpoint. What fails or is late is a row with its reason and fails no task. Raises
    ``NothingToDo`` where nothing is searched: a fine-tune is for a full search.
    """
    if not search.num_trials:
        raise NothingToDo("only a full search fine-tunes; start it with full_search")
    place = places.leaderboard(search.key, "finetuned")
    if s3.exists(f"{place}/{artifacts.MANIFEST}"):
        kept = artifacts.open_named(place)
        return SeedsRef(state="done", uri=kept.uri, digest=kept.digest)
    folder, begun = workplace.folder(search) / "finetune", time()
    if begun >= search.answer_until:
        return SeedsRef(state="timed out", reason="not begun: the budget was used up")
    command, env = prepare(folder, _spec(search))
    seconds = search.answer_until - begun
    # A task that is killed cannot end it: then this does.
    bounded = ["timeout", "--signal=KILL", f"{seconds + ORPHAN_SECONDS:.0f}", *command]
    state, reason = run_command(folder, bounded, env, seconds)
    models = sorted(path.parent / "model" for path in folder.glob("seed-*/result.json"))
    log.info("%d of %d seeds: %s", len(models), NUM_SEEDS, ": ".join(filter(None, (state, reason))))
    if state != "done":
        return SeedsRef(state=state, reason=f"{reason}, {len(models)} of {NUM_SEEDS} seeds")
    row = _row(search, models, time() - begun)
    kept = artifacts.publish_once(place, lambda: {ROW: json.dumps(asdict(row)).encode()})
    return SeedsRef(state="done", uri=kept.uri, digest=kept.digest)


def row_of(seeds: SeedsRef) -> Apart:
    """What ``seeds`` stands for, read by its digest."""
    from pydantic import TypeAdapter

    if seeds.uri is None:
        return Apart(KIND, _told(), seeds.state, seeds.reason)
    return TypeAdapter(Apart).validate_python(json.loads(artifacts.same(seeds.uri, seeds.digest).read(ROW)))


def _spec(search: SearchRef) -> JobSpec:
    config = load_config().training
    tune = config.transformer
    told = TrainingRef(
        job_key=search.key, features=search.features, seed=search.seed, epochs=tune.epochs, learning_rate=tune.learning_rate,
        mlflow_run_id="", base_model_pin=pin(tune.model), dag_run_id="", trigger="leaderboard",
    )  # fmt: skip
    asked = parameters(told, tune) | {"num_seeds": NUM_SEEDS}
    return JobSpec(f"leaderboard-{search.key[:16]}", search.features.uri, asked, config.backend.num_gpus)


def _row(search: SearchRef, models: list[Path], seconds: float) -> Apart:
    rows = workplace.open_parts_of(search.features)["validation"]
    answers = [require_probabilities(np.asarray(load_predictor(one).predict_proba(model_texts(rows))), len(rows)) for one in models]
    num_bytes = sum(path.stat().st_size for path in models[0].rglob("*") if path.is_file())
    return marked_apart(KIND, _told(), ints(rows["label"]), answers, seconds, num_bytes, search.seed)


def _told() -> str:
    tune = load_config().training.transformer
    return f"{tune.model}, {tune.epochs} epochs, as the training is configured."
