"""Tell training about a snapshot, when it holds enough that training has not seen."""

import logging

from reviewloop.adapters import deployed
from reviewloop.adapters.lake import feature_pointers
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def announce_features(features: FeaturesRef) -> FeaturesRef:
    """Let ``features/announced.json`` name this snapshot, and return it.

    Raises ``NothingToDo`` when the share of new training rows is under ``features.min_new_share``; the first snapshot of
    all is always announced, and so is one that other code or configuration has made than the one before: what changed stands in
    ``changes``. Raises ``Superseded`` when a newer one was announced.
    """
    made_of = deployed.deployed_features(load_config())
    # Built by what is deployed now? Else it answers no change, and the next look of deploy_watch asks for another.
    is_current = features.made_of == deployed.digest(made_of)
    announced = feature_pointers.look("announced")
    feature_pointers.require_not_older(features, announced.features)
    share, needed = features.num_new / features.num_train, load_config().features.min_new_share
    changes = deployed.changes_of_features(made_of) if is_current else ()
    if announced.features is not None and share < needed and not changes:
        if is_current:
            deployed.remember_features(made_of)
        raise NothingToDo(
            f"{features.num_new} of {features.num_train} training rows are new ({share:.1%}); a training needs {needed:.0%}"
        )
    feature_pointers.move_pointer(announced, features)
    told = features.model_copy(update={"changes": changes})
    log.info("announced %s: %d of %d training rows are new; %s", features.uri, features.num_new, features.num_train, changes)
    if is_current:
        deployed.remember_features(made_of)  # last: a task that is killed before tells the same again
    return told
