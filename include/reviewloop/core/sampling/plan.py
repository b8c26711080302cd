"""A sampling as it is configured, of labelled reviews as they are."""

from dataclasses import replace

import numpy as np
import pandas as pd

from reviewloop.config import Contract, SamplingConfig
from reviewloop.core.dataset.provenance import SAMPLED
from reviewloop.core.dataset.snapshots import Snapshot, require_every_sentiment
from reviewloop.core.facets import MISSING, facet_values
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.sampling.probability import importance, places_of, simple_random, stratified, weighted
from reviewloop.core.sampling.representativeness import Representativeness, representativeness
from reviewloop.core.sampling.reservoir import reservoir
from reviewloop.core.sampling.sample import Floats, Sample
from reviewloop.core.sampling.without_probability import convenience, judgment, quota, snowball
from reviewloop.errors import PermanentError


def sample_train(snapshot: Snapshot, contract: Contract, plan: SamplingConfig) -> tuple[Snapshot, Representativeness]:
    """The snapshot with a sampled training part, and how well that stands for the whole. The other parts are never sampled.

    Raises ``PermanentError`` where the sample lacks a sentiment.
    """
    train, table = sampled(snapshot.parts["train"], contract, plan)
    parts = {**snapshot.parts, "train": train}
    require_every_sentiment(parts)
    return replace(snapshot, parts=parts, num_not_sampled=table.num_offered - table.num_taken), table


def sampled(reviews: pd.DataFrame, contract: Contract, plan: SamplingConfig) -> tuple[pd.DataFrame, Representativeness]:
    """The reviews that ``plan`` takes, in their order, with ``provenance.SAMPLED``; and how well they stand for all.

    ``reviews`` need ``review_id``, ``day``, ``label``, a ``text_digest`` each of its own, and the contract's facets. The digest is
    the key: whatever order the rows come in and whatever files they lie in, the same ones are taken.
    """
    sample = take(reviews, contract, plan)
    taken = reviews.iloc[sample.places].reset_index(drop=True)
    weights = np.ones(len(sample)) if sample.weights is None else sample.weights / sample.weights.mean()
    inclusion = np.full(len(sample), np.nan) if sample.inclusion is None else sample.inclusion
    columns = dict(zip(SAMPLED, (inclusion, weights), strict=True))
    return taken.assign(**columns), representativeness(sample, groups(reviews, contract))


def take(reviews: pd.DataFrame, contract: Contract, plan: SamplingConfig) -> Sample:
    """See ``sampled``. Raises ``PermanentError`` in one line that names what of ``plan`` does not fit these reviews."""
    keys = reviews["text_digest"].astype(str).tolist()
    size = plan.num_rows(len(reviews))
    match plan.method:
        case "simple_random":
            return simple_random(keys, size, plan.seed)
        case "reservoir":
            days = places_of(reviews["day"].astype(str).tolist())
            sample = reservoir({day: [keys[place] for place in places] for day, places in days.items()}, size, plan.seed)
            return replace(sample, places=np.sort(np.concatenate(list(days.values()))[sample.places]))
        case "convenience":
            return convenience(keys, _newest_first(reviews), size)
        case "judgment":
            return judgment(keys, _named(reviews, plan))
    values = _values(reviews, contract, plan)
    match plan.method:
        case "stratified":
            return stratified(keys, values, size, plan.seed)
        case "weighted":
            return weighted(keys, _numbers(values, plan.weights, 1.0, "weights"), size, plan.seed)
        case "importance":
            return importance(
                keys, _target(values, plan), _numbers(values, plan.weights, 1.0, "weights"), size, plan.seed, plan.clip
            )
        case "snowball":
            return snowball(keys, {str(plan.by): values}, _named(reviews, plan), size, plan.seed)
        case "quota":
            return quota(keys, values, plan.quotas, _newest_first(reviews))
    raise AssertionError(plan.method)


def groups(reviews: pd.DataFrame, contract: Contract) -> dict[str, "pd.Series[str]"]:
    """What a sample may go by and is compared on: ``sentiment`` and every facet of the contract."""
    sentiments = reviews["label"].map(dict(enumerate(SENTIMENTS))).astype("string")
    return {"sentiment": sentiments, **facet_values(reviews, contract)}


def _values(reviews: pd.DataFrame, contract: Contract, plan: SamplingConfig) -> list[str]:
    known = {**groups(reviews, contract), "day": reviews["day"].astype("string")}
    if plan.by not in known:
        raise PermanentError(f"sampling {plan.method}: by {plan.by!r} is no group of reviews; allowed: {', '.join(known)}")
    values: list[str] = known[plan.by].astype("string").fillna(MISSING).tolist()
    return values


def _numbers(values: list[str], by_value: dict[str, float], otherwise: float, what: str) -> Floats:
    if unknown := sorted(by_value.keys() - set(values)):
        raise PermanentError(f"sampling: {what} name {unknown[0]!r}, and no row has it; there are {', '.join(sorted(set(values)))}")
    return np.array([by_value.get(value, otherwise) for value in values], dtype=np.float64)


def _target(values: list[str], plan: SamplingConfig) -> Floats:
    """A number a row: each value's share, spread over its rows."""
    if not plan.target:
        return np.ones(len(values))
    if absent := sorted(set(values) - plan.target.keys()):
        raise PermanentError(f"sampling importance: the target gives no share of {absent[0]!r}; give one (0 leaves it out)")
    counts = pd.Series(values).value_counts()
    return _numbers(values, {name: share / int(counts.get(name, 1)) for name, share in plan.target.items()}, 0.0, "the target")


def _newest_first(reviews: pd.DataFrame) -> list[int]:
    """The days' numbers, the newest day's the smallest."""
    codes, _ = pd.factorize(reviews["day"].astype(str), sort=True)
    return [-int(code) for code in codes]


def _named(reviews: pd.DataFrame, plan: SamplingConfig) -> list[str]:
    rows = reviews.drop_duplicates("review_id").set_index("review_id")["text_digest"]
    if unknown := [number for number in plan.review_ids if number not in rows.index]:
        raise PermanentError(
            f"sampling {plan.method}: review {unknown[0]} is none of the {len(reviews)} rows; name reviews among them"
        )
    return [str(rows[number]) for number in plan.review_ids]
