"""What is in a snapshot, and what changed since the one before: the profile page."""

import json
import logging

import pandas as pd

from reviewloop.adapters.catalog.curated import read_curated
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.config import Config, Contract, load_config
from reviewloop.core.dataset.snapshots import model_texts, typed
from reviewloop.core.digests import json_digest
from reviewloop.core.profile.changes import Shape, shape_from_json
from reviewloop.core.profile.columns import described
from reviewloop.core.profile.exploration import explore
from reviewloop.core.profile.lengths import measure_lengths
from reviewloop.core.profile.profile import measure
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.sampling.representativeness import SAMPLE, from_json
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop.pages.links import Links, path_below_reports
from reviewloop.pages.profile.exploration import exploration_page, map_figures
from reviewloop.pages.profile.figures import profile_figures
from reviewloop.pages.profile.page import profile_page
from reviewloop.refs import FeaturesRef, ProfileRef

log = logging.getLogger(__name__)


def profile_reviews(features: FeaturesRef) -> ProfileRef:
    """Publish the profile of the curated rows that ``features`` was built from: a page, and its numbers as JSON.

    Beside it, a page on what the texts of train and validation are about. Compared with the snapshot that was the latest before,
    if that has a profile. A rerun finds both pages there.
    """
    config = load_config()
    snapshot = artifacts.open_artifact(features.uri)
    seen_by = {**config.profiling.model_dump(), "facets": config.contract.facet_bands(), "seq_lengths": config.features.seq_lengths}
    key, meta = json_digest(seen_by)[:8], {"features_uri": features.uri}
    beside = places.reports("exploration", *_named(snapshot))
    explored = artifacts.publish_once(f"{beside}-{key}", lambda: _exploration(snapshot, config), meta)
    about = f"{explored.uri}/index.html"
    profile = artifacts.publish_once(
        f"{_place(snapshot)}-{key}", lambda: _profile(snapshot, features.max_seq_length, config, about), meta
    )
    num_rows = int(snapshot.meta["num_curated"])
    log.info("profile of snapshot %s, %d rows: %s/index.html", snapshot.digest[:16], num_rows, profile.uri)
    return ProfileRef(uri=profile.uri, digest=profile.digest, page_uri=f"{profile.uri}/index.html", num_rows=num_rows)


def _place(snapshot: artifacts.Artifact) -> str:
    """How the URIs of a snapshot's profiles begin; what they were made with follows."""
    return places.reports("profile", *_named(snapshot))


def _named(snapshot: artifacts.Artifact) -> tuple[str, str]:
    return f"day={max(snapshot.meta['batches'])}", snapshot.digest[:16]


def _described(snapshot: artifacts.Artifact, config: Config) -> pd.DataFrame:
    split, curated = config.features.split, _curated(snapshot.meta["batches"], config.contract)
    return described(curated, split.validation, split.test, snapshot.meta.get("future_from"))


def _exploration(snapshot: artifacts.Artifact, config: Config) -> dict[str, bytes]:
    """The files of the page on what the texts are about; of the sealed parts no row is looked at."""
    rows, profiling = _described(snapshot, config), config.profiling
    rows = rows[rows["part"].isin(("train", "validation"))]
    labelled = rows.assign(label=rows["sentiment"].map({name: label for label, name in enumerate(SENTIMENTS)}).astype("int64"))
    found = explore(labelled, profiling.exploration, profiling.num_top, profiling.prior_words)
    links = Links(depth=3, day=max(snapshot.meta["batches"]))
    page = exploration_page(found, map_figures(found), links)
    return {"index.html": page.encode(), "exploration.json": json.dumps(found.as_json(), indent=1, sort_keys=True).encode()}


def _profile(snapshot: artifacts.Artifact, max_seq_length: int, config: Config, about: str) -> dict[str, bytes]:
    """The profile's files. ``about`` is the URI of the page on what the texts are about."""
    rows = _described(snapshot, config)
    training = rows[rows["part"] == "train"].drop_duplicates("text_digest")
    num_tokens = load_tokenizer(snapshot.meta["tokenizer"]["model"]).lengths(model_texts(training))
    lengths = measure_lengths(rows["num_words"].tolist(), num_tokens, max_seq_length, config.features.seq_lengths)
    before, before_page = _before(snapshot)
    profile = measure(rows, lengths, snapshot.digest, before, config.contract, config.profiling)
    siblings = {"What the reviews are about": path_below_reports(about)}
    siblings |= {"The snapshot before": path_below_reports(before_page)} if before_page else {}
    links = Links(depth=3, day=max(snapshot.meta["batches"]), siblings=siblings)
    sample = from_json(json.loads(snapshot.read(SAMPLE))) if SAMPLE in snapshot.files else None
    page = profile_page(profile, profile_figures(rows, config.contract, num_tokens, max_seq_length), links, sample)
    return {"index.html": page.encode(), "profile.json": json.dumps(profile.as_json(), indent=1, sort_keys=True).encode()}


def _curated(batches: dict[str, str], contract: Contract) -> pd.DataFrame:
    # The very files that the snapshot was built from: the catalog may have moved on to a correction since.
    days = []
    for day, batch in sorted(batches.items()):
        days.append(read_curated(places.curated_batch(day, batch)).assign(day=day))
    return typed(pd.concat(days, ignore_index=True), {"day": "string", **contract.dtypes()})


def _before(snapshot: artifacts.Artifact) -> tuple[Shape | None, str]:
    """The shape of the snapshot before, and the URI of its page; ``None`` and empty where it has no profile."""
    if not snapshot.meta.get("previous_uri"):
        return None, ""
    place = _place(artifacts.open_artifact(snapshot.meta["previous_uri"]))
    found = sorted(uri for uri in s3.list_uris(f"{place}-") if uri.endswith(f"/{artifacts.MANIFEST}"))
    if not found:
        return None, ""
    kept = artifacts.open_named(found[0].removesuffix(f"/{artifacts.MANIFEST}"))
    return shape_from_json(json.loads(kept.read("profile.json"))["shape"]), f"{kept.uri}/index.html"
