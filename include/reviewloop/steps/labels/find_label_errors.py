"""Labels that a model which has not seen them believes least: a list for people."""

import logging

import numpy as np

from reviewloop.adapters.labels.labelled import labelled_rows
from reviewloop.adapters.lake import artifacts, frames, places
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.folds import folds_of, near_copy_groups, out_of_fold, require_every_sentiment
from reviewloop.core.digests import json_digest
from reviewloop.core.label_errors.ranking import flagged, ranked
from reviewloop.models.refitted import refitted
from reviewloop.pages.data.label_errors import label_errors_page
from reviewloop.pages.links import Links
from reviewloop.query import csv_for_people
from reviewloop.refs import FeaturesRef, LabelErrorsRef

log = logging.getLogger(__name__)


def find_label_errors(features: FeaturesRef) -> LabelErrorsRef:
    """Publish the labelled rows of the snapshot that are believed least, as a page and as CSV. Minutes; a rerun finds them there.

    The baseline reads each row after it was fitted on others, near copies never parted. The sealed part is not looked at, and
    nothing is dropped or changed: who finds a label wrong says so where labels are given. Raises ``PermanentError`` where a
    sentiment is too rare to be in every fold.
    """
    config = load_config()
    made_with = {
        "errors": config.labels.errors.model_dump(mode="json"),
        "baseline": config.training.baseline.model_dump(mode="json"),
        "near_duplicate_jaccard": config.features.near_duplicate_jaccard,
    }
    key = json_digest([features.digest, made_with])[:16]
    place = places.reports("label_errors", f"day={features.last_day}", key)
    kept = artifacts.publish_once(place, lambda: _files(features, config), {"features_uri": features.uri, **made_with})
    listed = frames.from_parquet(kept.read("listed.parquet"))
    counts = frames.from_parquet(kept.read("counts.parquet"))
    num_rows, num_flagged = int(counts["num_rows"].sum()), int(counts["num_flagged"].sum())
    log.info("%d of %d labels are listed; cleanlab takes %d for errors", len(listed), num_rows, num_flagged)
    return LabelErrorsRef(
        uri=kept.uri,
        digest=kept.digest,
        page_uri=f"{kept.uri}/index.html",
        csv_uri=f"{kept.uri}/label_errors.csv",
        num_rows=num_rows,
        num_listed=len(listed),
        num_flagged=num_flagged,
    )


def _files(features: FeaturesRef, config: Config) -> dict[str, bytes]:
    rows, limits = labelled_rows(features.uri), config.labels.errors
    groups = near_copy_groups(rows["text"].tolist(), config.features.near_duplicate_jaccard)
    folds = folds_of(rows["text_digest"].tolist(), groups, limits.num_folds)
    require_every_sentiment(rows["label"].to_numpy(dtype=np.int64), folds)
    read = out_of_fold(rows, folds, refitted(config.training.baseline, limits.seed))
    listed = ranked(rows, read, limits.max_listed)
    is_flagged = flagged(rows["label"].to_numpy(dtype=np.int64), read)
    counts = rows.assign(is_flagged=is_flagged).groupby("label")["is_flagged"].agg(num_rows="size", num_flagged="sum").reset_index()
    return {
        "index.html": label_errors_page(listed, counts, Links(depth=3, day=features.last_day)).encode(),
        "label_errors.csv": csv_for_people(listed).encode(),
        "listed.parquet": frames.to_parquet(listed),
        "counts.parquet": frames.to_parquet(counts),
    }
