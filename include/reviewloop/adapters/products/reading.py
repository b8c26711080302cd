"""Reviews and complaints by product, from the Glue tables ``reviews``, ``predictions`` and ``captures``."""

from datetime import date, timedelta

import pandas as pd

from reviewloop.adapters.catalog import days, glue, unload
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.champion import answering
from reviewloop.config import Config
from reviewloop.core.lake.statements import ColumnNames
from reviewloop.core.products.counting import Look, look_of
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import NothingToDo

_TEXTS = ("title", "text", "product", "review", "day")


def first_day(day: str, window_days: int) -> str:
    """Of the last ``window_days`` days up to ``day``, the first."""
    return (date.fromisoformat(day) - timedelta(days=window_days - 1)).isoformat()


def sources(day: str) -> dict[str, list[list[str]]]:
    """Which batches of each table a look at ``day`` reads: by table, their day and batch.

    Raises ``NothingToDo`` where no day was scored up to this one: before the first champion nobody watches.
    """
    tables = {
        name: [[part.day, part.batch] for part in glue.partitions(name) if part.day <= day]
        for name in (days.reviews_table().name, days.predictions_table().name, days.captures_table().name)
    }
    if not tables[days.predictions_table().name]:
        raise NothingToDo(f"{day}: no day up to this one was scored yet; run sentiment_score for one")
    return tables


def read_look(day: str, has_captures: bool, config: Config) -> Look:
    """What was said up to ``day``, inclusive."""
    since = first_day(day, config.products.window_days)
    delivered = unload.query_frame("product_counts", day=day, since=since, columns=ColumnNames(config.products.levels))
    captured = (
        unload.query_frame("product_captures", day=day, since=since, dataset=config.contract.name)
        if has_captures
        else pd.DataFrame({"day": [], "product": [], "num_answered": [], "answered_complaints": []})
    )
    return look_of(delivered, captured, config.products.levels, day)


def read_complaints(look: Look, day: str, has_captures: bool, config: Config) -> pd.DataFrame:
    """The complaints of the look's days: ``product``, ``day``, ``review`` (its id), ``title``, ``text``; the latest first."""
    since, product = first_day(day, config.products.window_days), config.products.product
    parts = [
        unload.query_frame("product_complaints", day=day, since=since, columns=ColumnNames((product,))).rename(
            columns={product: "product"}
        )
    ]
    if has_captures:
        parts.append(unload.query_frame("product_captured", day=day, since=since, dataset=config.contract.name))
    rows = pd.concat([part[list(_TEXTS)].astype("string") for part in parts], ignore_index=True)
    rows = rows[rows["day"].isin(look.days)].sort_values(["day", "review"], ascending=False, kind="stable")
    return rows.drop_duplicates(["product", "day", "text"]).reset_index(drop=True)


def telling_words() -> tuple[str, list[str]]:
    """Where the champion's error analysis lies, and the words that its explanations show to speak for a complaint.

    Both empty where there is no champion, or no analysis of it yet.
    """
    champion = answering()
    if champion is None or not champion.tags.get(Tag.JOB_KEY):
        return "", []
    found = s3.list_uris(places.reports("errors", champion.tags[Tag.JOB_KEY][:16]))
    uri = max((one for one in found if one.endswith("/errors.json")), default="")
    return uri, [one["word"] for one in s3.read_json(uri)["carriers"][SENTIMENTS[0]]] if uri else []
