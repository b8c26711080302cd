"""Put the snapshot where whoever needs a feature looks it up."""

import logging

from reviewloop.adapters.features import publish
from reviewloop.adapters.lake import feature_pointers
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def publish_features(features: FeaturesRef) -> FeaturesRef:
    """Let the feature store say what the snapshot says, offline and online, read it back, and return ``features``. Idempotent.

    Raises ``Superseded`` where a newer snapshot is the latest, ``PermanentError`` where what is read back is not what was made.
    """
    feature_pointers.require_not_older(features, feature_pointers.read_pointer("latest"))
    counts = publish.publish(features)
    log.info("feature store: snapshot %s, keys of each group: %s", features.digest[:16], counts)
    return features
