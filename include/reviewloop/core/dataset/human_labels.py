"""Labels that people gave, in the place of those that follow from ratings."""

from collections.abc import Mapping

import pandas as pd

from reviewloop.core.reviews import SENTIMENTS


def with_human_labels(train: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The training part; a text (by ``text_digest``) that ``labels`` names has that sentiment, with ``label_source`` ``human``.

    The rating stays as the customer gave it. Nothing but the training part is labelled so: which texts people were asked about a
    model has chosen, and what is judged must stay as customers rated it.
    """
    sentiment = train["text_digest"].map(labels)
    is_human = sentiment.notna()
    label = sentiment.map(SENTIMENTS.index, na_action="ignore").fillna(train["label"]).astype("int64")
    return train.assign(label=label, label_source=train["label_source"].mask(is_human, "human"))
