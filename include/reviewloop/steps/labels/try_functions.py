"""The labelling functions, tried on reviews whose labels are known."""

import json
import logging
from dataclasses import asdict
from typing import Any

import numpy as np

from reviewloop.adapters.labels.functions import functions_digest, load_functions
from reviewloop.adapters.labels.labelled import labelled_rows
from reviewloop.adapters.lake import artifacts, places
from reviewloop.config import Config, load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.statistics.metrics import Ints, confusion, macro_f1, recall
from reviewloop.core.weak.combine import Combined, Method, combine, prior_of
from reviewloop.core.weak.functions import votes_of
from reviewloop.core.weak.label_models import covered
from reviewloop.core.weak.table import UNLABELLED, table_of
from reviewloop.errors import NothingToDo
from reviewloop.pages.data.labelling import labelling_page
from reviewloop.pages.links import Links
from reviewloop.refs import FeaturesRef, LabellingRef

log = logging.getLogger(__name__)


def try_functions(features: FeaturesRef) -> LabellingRef:
    """Publish what each labelling function of the dataset does on the snapshot's labelled rows, and what their votes come to.

    The sealed part is not looked at. A rerun finds the page there. Raises ``NothingToDo`` where the dataset has no functions.
    """
    config = load_config()
    dataset = config.contract.name
    if not load_functions(dataset):
        raise NothingToDo(f"no labelling functions: include/config/labelling/{dataset}/ holds none")
    made_with = {"functions": functions_digest(dataset), "weak": config.labels.weak.model_dump(mode="json")}
    key = json_digest([features.digest, made_with])[:16]
    place = places.reports("labelling", f"day={features.last_day}", key)

    def files() -> dict[str, bytes]:
        found = _tried(features.uri, config)
        page = labelling_page(found, Links(depth=3, day=features.last_day))
        return {"index.html": page.encode(), "labelling.json": json.dumps(found, indent=1, sort_keys=True).encode()}

    kept = artifacts.publish_once(place, files, {"features_uri": features.uri, **made_with})
    found = json.loads(kept.read("labelling.json"))
    log.info("%d functions speak of %.0f %% of %d reviews", len(found["functions"]), 100 * found["coverage"], found["num_rows"])
    return LabellingRef(
        uri=kept.uri,
        digest=kept.digest,
        page_uri=f"{kept.uri}/index.html",
        num_functions=len(found["functions"]),
        num_rows=found["num_rows"],
        used=found["used"],
    )


def _tried(features_uri: str, config: Config) -> dict[str, Any]:
    rows, functions = labelled_rows(features_uri), load_functions(config.contract.name)
    titles = rows["title"].astype(object).where(rows["title"].notna(), None).tolist()
    votes, labels = votes_of(functions, titles, rows["text"].tolist()), rows["label"].to_numpy(dtype=np.int64)
    combined = combine(votes, labels, prior_of(labels), config.labels.weak)
    return {
        "num_rows": len(rows),
        "coverage": float(covered(votes).mean()),
        "functions": [_plain(asdict(row)) for row in table_of(functions, votes, labels)],
        "descriptions": {one.name: one.description for one in functions},
        "families": [[functions[place].name for place in family] for family in combined.families if len(family) > 1],
        "prior": combined.prior.tolist(),
        "methods": {method: _marks(combined, labels, method) for method in combined.shares},
        "num_compared": combined.num_compared,
        "min_compared": config.labels.weak.min_compared,
        "difference": None if combined.difference is None else asdict(combined.difference),
        "used": combined.used,
    }


def _marks(combined: Combined, labels: Ints, method: Method) -> Any:
    """On the reviews of which some function speaks; ``None`` for what cannot be computed."""
    answers = combined.answers(method)
    matrix = confusion(labels[answers != UNLABELLED], answers[answers != UNLABELLED])
    return _plain({"macro_f1": float(macro_f1(matrix)), "recall": recall(matrix).tolist()})


def _plain(value: Any) -> Any:
    """As strict JSON has it: NaN is null."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and np.isnan(value) else value
