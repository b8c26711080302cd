"""A training job gets its key, and a run in MLflow; one that is settled already is not done again."""

import logging

from reviewloop.adapters import deployed
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import model_store
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.tags import Tag, tagged
from reviewloop.adapters.provenance import provenance
from reviewloop.adapters.release import ledger
from reviewloop.config import Config, load_config
from reviewloop.core.gates import gates
from reviewloop.core.gates.evidence import data_age
from reviewloop.core.release import overrides, standing
from reviewloop.errors import ConfigError, ModelRejected, NothingToDo
from reviewloop.refs import FeaturesRef, TrainingRef

log = logging.getLogger(__name__)


def begin_training(
    features: FeaturesRef,
    trigger: str,
    dag_run_key: str,
    epochs: int | None = None,
    learning_rate: float | None = None,
    seed: int | None = None,
    force: bool = False,
    by: str = "",
) -> TrainingRef:
    """Open (or find again) the job's parent run. ``None`` leaves ``epochs``, ``learning_rate``, ``seed`` to the configuration.

    The job key is the digest of what decides the result: the features, the ``training`` section, the overrides, the pretrained
    weights, the code and the lock file. The ``features`` section is in the features' own digest. What is in
    ``adapters.judging`` makes no result: when it changes, a refused job is opened again under its key. So is one whose version
    waits for a release and was compared with another champion than today's: it is judged again, and nothing is trained again.
    So is, under another key, one whose models are not what they were: the damaged ones are left as they are.
    ``force`` adds ``dag_run_key``, so that the job is a new one. ``by`` is who started it by hand, empty where the loop did.
    A refused job is opened again, too, where people have overridden what refused it.

    Raises ``ConfigError`` where nothing says which weights the pretrained model has; ``NothingToDo`` when the job has a
    registered version, or was refused by these same gates; ``ModelRejected`` where a gate on the data's age would refuse
    whatever is trained.
    """
    config = load_config()
    defaults = config.training.transformer
    configured = {"epochs": defaults.epochs, "learning_rate": float(defaults.learning_rate), "seed": config.training.seed}
    asked = {"epochs": epochs, "learning_rate": None if learning_rate is None else float(learning_rate), "seed": seed}
    knobs = {name: configured[name] if value is None else value for name, value in asked.items()}
    _check(knobs)
    made_with, made_of = provenance(), deployed.deployed(config)
    forced_by = dag_run_key if force else ""
    weights_key = deployed.finetune_key(features.digest, config, knobs, made_of, forced_by)
    job_key = deployed.job_key(features.digest, config, knobs, made_of, forced_by)
    judges, weights = made_of.gates, made_of.weights
    if knobs == configured:  # with a person's own knobs nobody has tried yet what is deployed
        deployed.remember_training(made_of)
    _stop_if_settled(job_key, judges)
    while why := model_store.damage(job_key):  # what is stored once is never written over: it is made again under another key
        log.warning("job %s: what it left is not used again: %s", job_key[:16], why)
        forced_by = f"{forced_by} in the place of {job_key}"
        job_key = deployed.job_key(features.digest, config, knobs, made_of, forced_by)
        _stop_if_settled(job_key, judges)
    _stop_if_stale(config, features.last_day)

    known = runs.find_run(job_key)
    trained_by = (runs.run_tags(known).get(Tag.TRAINED_BY) if known else "") or by  # who began it first chose its inputs
    facts = {
        "features_uri": features.uri, "features_digest": features.digest, "last_day": features.last_day,
        "config_digest": config.digest(), "gates_digest": judges, **made_with.as_text(),
        "base_model": defaults.model, "base_model_pin": weights, "dag_run": dag_run_key, "seed": str(knobs["seed"]),
        "trigger": trigger, "trained_by": trained_by, "verdict": "",
    }  # fmt: skip
    run_id = runs.open_run(job_key, f"train-{job_key[:8]}", tagged(facts))
    sizes = {"num_train": features.num_train, "num_validation": features.num_validation, "num_test": features.num_test}
    runs.log_params(run_id, {**knobs, **sizes, "max_seq_length": features.max_seq_length})
    log.info("job %s (%s): %s, %s, MLflow run %s", job_key[:16], trigger, knobs, sizes, run_id)
    return TrainingRef(
        job_key=job_key, features=features, **knobs, base_model_pin=weights, mlflow_run_id=run_id, dag_run_id=dag_run_key,
        trigger=trigger, finetune_key=weights_key,
    )  # fmt: skip


def _check(knobs: dict[str, int | float]) -> None:
    if knobs["epochs"] < 1:
        raise ConfigError(f"epochs: {knobs['epochs']} is not allowed; give a whole number from 1")
    if not 0 < knobs["learning_rate"] < 1:
        raise ConfigError(
            f"learning_rate: {knobs['learning_rate']} is not allowed; give a number above 0 and below 1, such as 1.5e-4"
        )


def _stop_if_stale(config: Config, last_day: str) -> None:
    """The one thing that the gates ask which is known before the training: it may as well be said before the minutes are spent."""
    evidence = data_age(last_day, [found.day for found in glue.partitions("reviews")])
    asked = [gate for gate in config.gates if gate.metric in evidence.metrics]
    if refused := gates.failed(gates.judge_all(asked, evidence)):
        raise ModelRejected(", ".join(gate.name for gate in refused), "; ".join(gate.finding for gate in refused))


def _stop_if_settled(job_key: str, judges: str) -> None:
    advice = "Data, configuration, code and seed are the same; start it by hand with force to train all the same"
    version = next(iter(registry.versions_of(job_key)), None)
    if version is not None and not _judged_again(version, job_key, judges):
        made_by = version.tags.get(Tag.DAG_RUN, "")
        told = f"nothing changed since version {version.version} (job {job_key[:16]}), reused from run {made_by}. {advice}"
        raise NothingToDo(told, made_by)
    run_id = runs.find_run(job_key)
    tags = runs.run_tags(run_id) if run_id else {}
    refused = tags.get(Tag.VERDICT) == "refused" and tags.get(Tag.GATES_DIGEST) == judges
    if refused and not _is_overridden(job_key, judges):
        refused_by = tags.get(Tag.REFUSED_BY)
        made_by = tags.get(Tag.DAG_RUN, "")
        told = f"nothing changed since job {job_key[:16]} was refused by {refused_by} in run {made_by}. {advice}"
        raise NothingToDo(told, made_by)


def _is_overridden(job_key: str, judges: str) -> bool:
    """Whether a person overrode something since the newest refusal: the gates then say whether that is enough."""
    events = ledger.read()
    said = [one for one in events if one.facts.get("job_key") == job_key and one.kind in ("judged", overrides.OVERRIDDEN)]
    return bool(said) and said[-1].kind == overrides.OVERRIDDEN and said[-1].facts.get("gates_digest") == judges


def _judged_again(version: registry.VersionInfo, job_key: str, judges: str) -> bool:
    """Whether this version may still be released, but was judged by other gates or against another champion than today's."""
    events = ledger.read()
    answering = standing.champion_version(events)
    if standing.release_of(events, version.version) or (answering and int(version.version) < int(answering)):
        return False
    digest = version.tags.get(Tag.MODEL_DIGEST, "")  # an older version has none, and no verdict in the ledger either
    if standing.is_rejected(events, version.version, digest):
        return False
    return not standing.is_current(standing.judgement(events, digest, job_key), answering, judges)
