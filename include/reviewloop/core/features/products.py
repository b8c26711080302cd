"""What earlier reviews said of a product. For monitoring and product watch, never for the model: a product leaks the label."""

import pandas as pd

from reviewloop.core.features.as_of import EVENT, TIME
from reviewloop.core.reviews import sentiment_of

NAMES = ("num_reviews", "negative_share", "mean_rating")


def product_history(reviews: pd.DataFrame) -> pd.DataFrame:
    """``product_id``, ``EVENT`` and ``NAMES``: a row for each product and day on which it was reviewed.

    ``reviews`` need ``product_id``, ``day`` (ISO) and ``rating``. A day counts from its end on (the next midnight, UTC), and the
    time of a review is the start of its day: no review is among those that came before it, nor is any other of its own day.
    """
    marked = reviews.assign(num=1, negative=reviews["rating"].map(sentiment_of) == 0)
    days = marked.groupby(["product_id", "day"], sort=True)[["num", "negative", "rating"]].sum()
    past = days.groupby(level="product_id").cumsum().reset_index()
    ends = pd.to_datetime(past["day"].astype(str), utc=True) + pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "product_id": past["product_id"].astype("int64"),
            EVENT: ends.astype(TIME),
            "num_reviews": past["num"].astype("int64"),
            "negative_share": past["negative"] / past["num"],
            "mean_rating": past["rating"] / past["num"],
        }
    )
