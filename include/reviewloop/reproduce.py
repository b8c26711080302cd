"""A version made again of what it was made of: ``python -m reviewloop reproduce 7``.

Looks up data, code, configuration, libraries, weights and processor, says which of them are not what they were, and trains in a
fresh folder. What is missing is said before anything is trained. Exit status: 0 bit-equal, or equal within noise; 1 not equal, an
input is missing, or failed; 2 misused.
"""

import argparse
import logging
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from reviewloop.errors import PermanentError, ReviewloopError

if TYPE_CHECKING:
    from reviewloop.core.lineage.inputs import Comparison, Input
    from reviewloop.refs import TrainingRef

log = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Recipe:
    """How a version was made: what trained it, its files, its form and the inputs. ``training`` is as far as it is told."""

    version: str
    kind: str
    form: str
    source: str
    digest: str
    exported_from: str
    inputs: "tuple[Input, ...]"
    training: "TrainingRef | None"

    @property
    def missing(self) -> "tuple[Input, ...]":
        """Inputs without which nothing can be trained."""
        return tuple(one for one in self.inputs if one.state == "missing")


def main(arguments: Sequence[str]) -> int:
    """Reproduce the version that ``arguments`` name; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop reproduce", description=__doc__, formatter_class=layout)
    parser.add_argument("version", help="in the registry, such as 7")
    parser.add_argument("--check", action="store_true", help="look the inputs up, and train nothing")
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="keep the new model in this new folder")
    chosen = parser.parse_args(arguments)
    if chosen.to is not None and chosen.to.exists():
        parser.error(f"--to: {chosen.to} is there already; name a new folder")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        made = recipe(chosen.version)
        sys.stdout.write("".join(f"{one}\n" for one in made.inputs))
        if made.missing:
            names = ", ".join(one.name for one in made.missing)
            raise PermanentError(f"version {made.version} cannot be made again: {names} missing; nothing was trained")
        if chosen.check:
            return 0
        sys.stdout.flush()
        found = reproduce(made, chosen.to)
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write(f"{found}\n{_ending(made, found)}\n")
    return 1 if found.verdict == "not equal" else 0


def _ending(made: Recipe, found: "Comparison") -> str:
    from reviewloop.core.lineage.inputs import first_difference

    first = first_difference(made.inputs)
    why = f"; the first input that differs: {first}" if first else ""
    return f"version {made.version} is {found.verdict}{why}"


def recipe(version: str) -> Recipe:
    """What the ledger and the manifests tell of how the version was made, beside what is here now."""
    from reviewloop.adapters.lake import artifacts
    from reviewloop.adapters.provenance import provenance
    from reviewloop.adapters.release import segments
    from reviewloop.config import load_config
    from reviewloop.core.lineage import versions
    from reviewloop.core.lineage.inputs import Input, compared
    from reviewloop.machine import arithmetic

    lines = segments.read()
    of = versions.identity(lines.where(version=version), version)
    if of is None:
        raise PermanentError(f"reproduce: the ledger knows no version {version}")
    told = versions.lineage(lines.where(version=version, digest=of.digest, job_key=of.job_key), of.digest, of.job_key, version)
    here, config = provenance(), load_config()
    artifact = artifacts.open_artifact(of.source, of.digest)
    about = artifact.meta.get("about") or {}
    kind = str(about.get("kind") or told.get("kind", ""))
    inputs = [_data(told), compared("code", told.get("code_digest", ""), here.code_digest)]
    inputs.append(compared("configuration", told.get("training_digest", ""), config.digest("training")))
    inputs.append(compared("libraries", told.get("lock_digest", ""), here.lock_digest))
    inputs += [_weights(told)] if kind != "baseline" else []
    knobs = [name for name in ("seed", "epochs", "learning_rate", "max_seq_length") if not told.get(name)]
    inputs.append(Input("settings", "missing", now=f"not told: {', '.join(knobs)}") if knobs else _settings(told))
    inputs.append(compared("processor", str(artifact.meta.get("cpu") or ""), arithmetic()))
    is_whole = all(one.state != "missing" for one in inputs)
    form, exported_from = str(about.get("form", "as_trained")), str(about.get("exported_from", ""))
    training = _training(told, of.job_key) if is_whole else None
    return Recipe(version, kind, form, of.source, of.digest, exported_from, tuple(inputs), training)


def _settings(told: Mapping[str, str]) -> "Input":
    from reviewloop.core.lineage.inputs import Input

    words = ", ".join(f"{name} {told[name]}" for name in ("seed", "epochs", "learning_rate"))
    return Input("settings", "same", words, words)


def _data(told: Mapping[str, str]) -> "Input":
    """The snapshot, both of whose parts can be read and are what they were."""
    from reviewloop.adapters.lake import artifacts
    from reviewloop.core.lineage.inputs import Input

    uri, digest = told.get("features_uri", ""), told.get("features_digest", "")
    if not uri:
        return Input("data", "missing", now="no event tells which snapshot it was")
    try:
        artifact = artifacts.open_artifact(uri, digest or None)
        for part in ("train", "validation"):
            artifact.read(f"{part}.parquet")
    except PermanentError as error:
        return Input("data", "missing", digest, str(error))
    return Input("data", "same", digest, digest)


def _weights(told: Mapping[str, str]) -> "Input":
    from reviewloop.core.lineage.inputs import Input, compared
    from reviewloop.errors import ConfigError
    from reviewloop.models.encoder.pretrained import pin

    was = told.get("base_model_pin", "")
    try:
        return compared("weights", was, pin(told.get("base_model", "")))
    except ConfigError as error:
        return Input("weights", "missing", was, str(error))


def _training(told: Mapping[str, str], job_key: str) -> "TrainingRef":
    from reviewloop.models.encoder.pretrained import pin
    from reviewloop.refs import FeaturesRef, TrainingRef

    features = FeaturesRef(
        uri=told["features_uri"], sealed_uri=told.get("sealed_uri", ""), digest=told["features_digest"],
        last_day=told.get("last_day", ""), num_train=0, num_validation=0, num_test=0, num_new=0,
        max_seq_length=int(told["max_seq_length"]),
    )  # fmt: skip
    return TrainingRef(
        job_key=job_key, features=features, seed=int(told["seed"]), epochs=int(told["epochs"]),
        learning_rate=float(told["learning_rate"]), mlflow_run_id="", dag_run_id="reproduce", trigger="by hand",
        base_model_pin=told.get("base_model_pin") or pin(told["base_model"]),
    )  # fmt: skip


def reproduce(made: Recipe, keep: Path | None = None) -> "Comparison":
    """Train it again in a fresh folder; compare files, then answers to the validation rows. ``keep`` is a folder for the model."""
    from reviewloop.adapters.lake import artifacts, frames, model_store
    from reviewloop.adapters.lake.scratch import scratch
    from reviewloop.config import load_config
    from reviewloop.core.digests import file_digest
    from reviewloop.core.lineage.inputs import Comparison, answers, differing
    from reviewloop.models.predictor import load_predictor

    if made.training is None:
        raise PermanentError(f"version {made.version}: an input is missing")
    old = artifacts.open_artifact(made.source, made.digest)
    with scratch("reproduce") as folder:
        model = _served(made, _trained(made, made.training, folder), folder / "served")
        new = {path.relative_to(model).as_posix(): file_digest(path) for path in model.rglob("*") if path.is_file()}
        if keep is not None:
            shutil.copytree(model, keep)
        files = differing(old.files, new)
        if not files:
            return Comparison(())
        rows = frames.from_parquet(artifacts.open_artifact(made.training.features.uri).read("validation.parquet"))
        texts = rows["model_text"].tolist()
        before = model_store.fetch_predictor(made.source, made.digest).predict_proba(texts)
        after = load_predictor(model).predict_proba(texts)
        draws = load_config().training.num_resamples, made.training.seed
        return answers(files, rows["label"].to_numpy(), before, after, *draws)


def _trained(made: Recipe, training: "TrainingRef", folder: Path) -> Path:
    """The model folder as the training program leaves it."""
    from reviewloop.adapters.lake import artifacts, frames
    from reviewloop.config import load_config
    from reviewloop.models.baseline_folder import write_baseline

    config = load_config().training
    if made.kind == "baseline":
        target = folder / "model"
        target.mkdir()
        features = artifacts.open_artifact(training.features.uri)
        train, validation = (frames.from_parquet(features.read(f"{part}.parquet")) for part in ("train", "validation"))
        write_baseline(train, validation, config.baseline, training.seed, target)
        return target
    from reviewloop.adapters.jobs.backends.local import LocalBackend
    from reviewloop.adapters.jobs.program import parameters
    from reviewloop.adapters.jobs.spec import JobSpec

    backend = LocalBackend(folder)
    spec = JobSpec("job", training.features.uri, parameters(training, config.transformer), config.backend.num_gpus)
    job = backend.submit(spec)
    try:
        while backend.status(job) == "running":
            time.sleep(_POLL_SECONDS)
    except BaseException:
        backend.cancel(job)
        raise
    backend.result(job, folder / job)
    return folder / job / "model"


def _served(made: Recipe, trained: Path, target: Path) -> Path:
    """The model in the form in which the version is served."""
    from reviewloop.models.kinds.table import AS_TRAINED, Form

    if made.form == AS_TRAINED:
        return trained
    from reviewloop.steps.train.export_served import export

    export(trained, target, cast(Form, made.form), made.exported_from)
    return target
