"""The rows of a snapshot that people have labelled, without the sealed part."""

import pandas as pd

from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.core.dataset.provenance import is_labelled_by_people, with_provenance


def labelled_rows(features_uri: str) -> pd.DataFrame:
    """One row a text of train and validation, natural and with a label of a rating or a person, by ``text_digest``."""
    snapshot = artifacts.open_artifact(features_uri)
    parts = [with_provenance(from_parquet(snapshot.read(f"{part}.parquet"))) for part in ("train", "validation")]
    rows = pd.concat(parts, ignore_index=True).drop(columns=["weight", "input_ids"])
    kept = rows[is_labelled_by_people(rows)]
    return kept.drop_duplicates("text_digest").sort_values("text_digest", ignore_index=True)
