"""Put the snapshot where other teams look features up."""

import logging

from reviewloop.adapters import feature_store
from reviewloop.adapters.lake import feature_pointers
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def publish_features(features: FeaturesRef) -> FeaturesRef:
    """Publish the train and validation part in the feature store (Feast), and return ``features``. Idempotent.

    Raises ``Superseded`` where a newer snapshot is the latest: the store shows the last one that was published.
    """
    feature_pointers.require_not_older(features, feature_pointers.read_pointer("latest"))
    num_rows = feature_store.publish(features.uri)
    log.info("feature store: %d reviews of snapshot %s in the view %s", num_rows, features.digest[:16], feature_store.VIEW)
    return features
