"""Tell training about a snapshot, when it holds enough that training has not seen."""

import logging

from reviewloop.adapters.lake import feature_pointers
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def announce_features(features: FeaturesRef) -> FeaturesRef:
    """Let ``features/announced.json`` name this snapshot, and return it.

    Raises ``NothingToDo`` when the share of new training rows is under ``features.min_new_share``; the first snapshot of
    all is always announced. Raises ``Superseded`` when a newer one was announced.
    """
    announced = feature_pointers.look("announced")
    feature_pointers.require_not_older(features, announced.features)
    share, needed = features.num_new / features.num_train, load_config().features.min_new_share
    if announced.features is not None and share < needed:
        raise NothingToDo(
            f"{features.num_new} of {features.num_train} training rows are new ({share:.1%}); a training needs {needed:.0%}"
        )
    feature_pointers.move_pointer(announced, features)
    log.info("announced %s: %d of %d training rows are new", features.uri, features.num_new, features.num_train)
    return features
