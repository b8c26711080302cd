"""What is deployed that decides a training: a job's key is made of it, and a training starts when it changes.

What is remembered lies in the lake as one object, compared and set: of two schedulers that look at once, one announces.
"""

from collections.abc import Mapping
from typing import Any, Final

from reviewloop.adapters.judging import gates_digest
from reviewloop.adapters.labels.functions import functions_digest
from reviewloop.adapters.lake import places, states
from reviewloop.adapters.provenance import FINETUNING, MAKING, SNAPSHOT, lock_digest, module_digests
from reviewloop.config import Config
from reviewloop.core.digests import json_digest, tree_digest
from reviewloop.core.lineage.deployed import Deployed, Known, differences, flat
from reviewloop.models.encoder.pretrained import pin

SECTION: Final = "training"
"""The section of the configuration that decides. What makes the features is in their own digest."""


def deployed(config: Config) -> Deployed:
    """What this process would train with. Raises ``ConfigError`` where nothing says which weights the pretrained model has."""
    return Deployed(
        configuration=flat(config.training.model_dump(mode="json"), SECTION),
        code=dict(module_digests(MAKING)),
        lock=lock_digest(),
        weights=pin(config.training.transformer.model),
        gates=gates_digest(config),
    )


def job_key(features_digest: str, config: Config, knobs: Mapping[str, Any], made_of: Deployed, forced_by: str = "") -> str:
    """SHA-256 of what decides a job's result, in hex; the gates have no say in it. ``forced_by`` makes it a job of its own."""
    code = tree_digest(made_of.code)
    inputs = [features_digest, config.digest(SECTION), dict(knobs), made_of.weights, code, made_of.lock]
    return json_digest([*inputs, forced_by] if forced_by else inputs)


def finetune_key(features_digest: str, config: Config, knobs: Mapping[str, Any], made_of: Deployed, forced_by: str = "") -> str:
    """SHA-256 of what decides the fine-tuned weights, in hex: less than ``job_key``, for how a model is exported, evaluated and
    chosen, and the baseline beside it, have no say in them.
    """
    settings = config.training.model_dump(mode="json", include={"transformer", "backend"})
    code = tree_digest({name: made_of.code[name] for name in module_digests(FINETUNING)})
    return json_digest([features_digest, settings, dict(knobs), made_of.weights, code, made_of.lock, forced_by])


def deployed_features(config: Config) -> Deployed:
    """What this process would make a snapshot with; ``Deployed.weights`` are those whose tokenizer it is for. Nothing judges it."""
    told = config.model_dump(mode="json", include={"features", "labels", "contract"})
    del told["features"]["min_new_share"], told["labels"]["errors"]  # when a snapshot is told of, and a list for people
    made_by = {key: value for name in sorted(told) for key, value in flat(told[name], name).items()}
    if config.labels.weak.enabled:
        made_by["labels.weak.functions"] = functions_digest(config.contract.name)
    if config.labels.self_training.enabled:
        made_by |= flat(config.training.baseline.model_dump(mode="json"), "training.baseline") | {
            "training.seed": config.training.seed
        }
    weights = pin(config.training.transformer.model)
    return Deployed(configuration=made_by, code=dict(module_digests(SNAPSHOT)), lock=lock_digest(), weights=weights, gates="")


def digest(made_of: Deployed) -> str:
    """SHA-256 of all of it, in hex."""
    return json_digest(made_of.model_dump(mode="json"))


def remember_features(made_of: Deployed) -> None:
    """A snapshot that was made with this was told to training, or holds too little that is new."""
    states.change(places.deployed_features(), Known, lambda known: (known.after_training(made_of), None))


def changes_of_features(now: Deployed) -> tuple[str, ...]:
    """What changed since the newest snapshot that was remembered; none before the first."""
    known = states.read(places.deployed_features(), Known)
    return () if known.trained is None else differences(known.trained, now)


def features_to_tell(now: Deployed, run: str) -> tuple[str, ...]:
    """What changed since the newest snapshot, for the DAG run ``run`` to tell, once; see ``Known.after_look``."""
    return states.change(places.deployed_features(), Known, lambda known: known.after_look(now, run))


def features_come_first(now: Deployed, run: str) -> bool:
    """Whether the look ``run`` asks for another snapshot, or is about to: its training is then for a later look to ask for."""
    known = states.read(places.deployed_features(), Known)
    return bool(changes_of_features(now)) and (known.announced != now or known.announced_by == run)


def remember_training(made_of: Deployed) -> None:
    """A training was begun of this, whatever comes of it."""
    states.change(places.deployed(), Known, lambda known: (known.after_training(made_of), None))


def changes_to_tell(now: Deployed, run: str) -> tuple[str, ...]:
    """What changed since the newest training, for the DAG run ``run`` to tell; see ``Known.after_look``.

    None before the first training of all, and none where it was told before.
    """
    return states.change(places.deployed(), Known, lambda known: known.after_look(now, run))
