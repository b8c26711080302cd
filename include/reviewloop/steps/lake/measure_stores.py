"""How large each store is, for the home page."""

import logging
from collections.abc import Sequence
from pathlib import Path

from reviewloop.adapters.lake import places
from reviewloop.adapters.retention import sizes
from reviewloop.core.retention.sizes import in_words
from reviewloop.refs import SizesRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)


def measure_stores(log_folders: Sequence[str] = ()) -> SizesRef:
    """Measure the lake by its folders, MLflow's files, this machine's work directory and its logs, and keep that for the home page.

    MLflow's files where ``REVIEWLOOP_MLFLOW_ARTIFACTS`` says where they lie. What cannot be measured is told in its place, as a
    warning of nobody: it is looked at again with the next run.
    """
    folders = {"work directory": settings().work_dir} | {f"logs {name}": Path(name) for name in log_folders}
    found = sizes.measure(folders)
    for one in found.stores:
        log.info("%s %s: %d objects, %s%s", one.store, one.part, one.num_objects, in_words(one.num_bytes), one.trouble)
    return SizesRef(
        uri=places.sizes(),
        at=found.at,
        num_objects=sum(one.num_objects for one in found.stores),
        num_bytes=sum(one.num_bytes for one in found.stores),
    )
