"""The sealed test part: where it is put, and the one door to it.

``adapters.s3`` reads nothing under ``sealed/`` unless asked from here, and no module on a training path may import this one
(import-linter's contract "no training path opens the sealed part"). On AWS, deny ``s3:GetObject`` on ``sealed/*`` to the
role that training jobs run under: the wall then stands outside of this program too.
"""

import logging
from typing import Final, Literal, get_args

import pandas as pd

from reviewloop.adapters import s3
from reviewloop.adapters.frames import from_parquet, to_parquet
from reviewloop.errors import PermanentError
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)

Purpose = Literal["evaluation"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
"""What the sealed part may be opened for; each new one is a decision for review."""
FILE: Final = "test.parquet"


def seal(test: pd.DataFrame) -> s3.Artifact:
    """Publish the test part, apart from what training reads. Idempotent."""
    return s3.publish(s3.lake_uri(s3.SEALED), {FILE: to_parquet(test)})


def open_sealed(features: FeaturesRef, purpose: Purpose) -> pd.DataFrame:
    """The sealed rows of a snapshot. Raises ``PermanentError`` for a purpose that is none of ``PURPOSES``."""
    if purpose not in PURPOSES:
        raise PermanentError(f"sealed part: {purpose!r} is no purpose to open it for; allowed: {', '.join(PURPOSES)}")
    log.info("sealed part %s opened for %s", features.sealed_uri, purpose)
    with s3.reading_sealed():
        return from_parquet(s3.open_artifact(features.sealed_uri).read(FILE))
