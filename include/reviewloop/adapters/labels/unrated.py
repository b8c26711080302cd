"""Reviews that were delivered without stars: they lie in the quarantine of the batches that were parsed."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.config import Contract
from reviewloop.core.delivery.parsing import unrated_in

_NONE: Final = pd.DataFrame({"reason": [], "cells": []})


def unrated_reviews(batches: Mapping[str, str], contract: Contract) -> pd.DataFrame:
    """Those of the deliveries that the curated ``batches`` (by day) were made of, with ``day``: see ``unrated_in``."""
    found = [unrated_in(_quarantine(day, batch), contract).assign(day=day) for day, batch in sorted(batches.items())]
    return pd.concat(found or [unrated_in(_NONE, contract).assign(day="")], ignore_index=True).astype({"day": "string"})


def _quarantine(day: str, batch: str) -> pd.DataFrame:
    """Of the parsed batch with the delivery that the curated one names."""
    delivery = s3.read_json(f"{places.curated_batch(day, batch)}/_origin.json")["delivery"]
    for uri in sorted(s3.list_uris(f"{places.staging(day)}/")):
        if uri.endswith(f"/{artifacts.MANIFEST}"):
            parsed = artifacts.open_artifact(uri.removesuffix(f"/{artifacts.MANIFEST}"))
            if parsed.meta["delivery_uri"].rpartition("/")[2] == delivery:
                return frames.from_parquet(parsed.read("quarantine.parquet"))
    return _NONE  # parsed files are for the days of their making, and may be cleared away
