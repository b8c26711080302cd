"""A snapshot becomes what the feature store says: offline first, then online, then both are read back."""

import logging

import pandas as pd

from reviewloop.adapters.features import offline, online, reading, sources, store, views
from reviewloop.config import GroupConfig, load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.core.features.as_of import EVENT, latest
from reviewloop.core.features.values import differing
from reviewloop.errors import PermanentError, Superseded
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def publish(features: FeaturesRef) -> dict[str, int]:
    """Let every group say what the snapshot says; gives the keys of each, taken back ones aside. Idempotent.

    The offline rows move under a condition, the online rows never go back: of two snapshots at once, however they overtake each
    other, both sides end with the newer. Raises ``Superseded`` where a newer snapshot was published, ``PermanentError`` where what
    is read back is not what was written.
    """
    return {group.name: _publish(group, features) for group in load_config().feature_store.groups}


def _publish(group: GroupConfig, features: FeaturesRef) -> int:
    grown = offline.grow(group, features, lambda: sources.rows(group, features.uri))
    if grown is None:
        log.info("feature store: group %s was deleted, or this shop has nothing of the kind", group.name)
        return 0
    with store.asking_feast(f"define the features {group.name}"):
        store.apply(views.definitions(group, f"{offline.held(group).uri}/{offline.FILE}"))
    online.write(group, latest(grown.rows, group.key))
    _audit(group, features, grown.said)
    num = grown.said[group.key].nunique()
    log.info("feature store: %d keys of group %s, %d rows of all time", num, group.name, len(grown.rows))
    return num


def _audit(group: GroupConfig, features: FeaturesRef, said: pd.DataFrame) -> None:
    """Some keys, the same at each run: what the snapshot says, what is known now, and what is served are one."""
    made = said.sort_values(EVENT, kind="stable").drop_duplicates(group.key, keep="last", ignore_index=True)
    at = max(pd.Timestamp(offline.held(group).known_at), made[EVENT].max())
    if group.ttl_days:
        made = made[made[EVENT] >= at - pd.Timedelta(days=group.ttl_days)]
    order = made[group.key].map(lambda key: bytes_digest(str(key).encode())).sort_values().index
    some = made.loc[order[: load_config().feature_store.audited]].reset_index(drop=True)
    batch = reading.batch(group.name, some[[group.key]].assign(**{EVENT: at}))
    served = online.read(group, some[group.key].tolist(), now=at.to_pydatetime())
    for side, found in (("offline", batch), ("online", served)):
        if wrong := differing(some, found, group):
            if offline.held(group).snapshot != features.uri:
                raise Superseded(f"superseded: another snapshot was published to {group.name} meanwhile")
            key, name = wrong[0]
            raise PermanentError(
                f"{group.name}: {len(wrong)} values of {len(some)} keys are read back {side} otherwise than they were made, first "
                f"{name} of {key}; publish the snapshot again, and if it stays, delete and create the group"
            )
