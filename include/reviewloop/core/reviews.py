"""What a review is: the fields of a curated row, their types, and which of them a model may see."""

from typing import Final

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""Class names, in the order of the class ids 0, 1, 2."""

FIELDS: Final[dict[str, str]] = {
    "review_id": "int64",
    "product_id": "int64",
    "age": "int64",
    "title": "string",
    "text": "string",
    "rating": "int64",
    "recommended": "int64",
    "positive_feedback": "int64",
    "division": "string",
    "department": "string",
    "class_name": "string",
}
"""The columns of the curated table and their pandas dtypes. A dataset's contract says how the producer writes each of them."""

REQUIRED: Final = ("review_id", "age", "text", "rating")
"""No contract may make one of these nullable: a row without it is quarantined."""

MODEL_INPUTS: Final = ("title", "text")
"""All a model may see: the fields that a contract gives the role ``model_input``. The contract says why others never may."""


def sentiment_of(rating: int) -> int:
    """Class id of a rating from 1 to 5: 1-2 negative (0), 3 neutral (1), 4-5 positive (2). Raises ``ValueError`` otherwise."""
    if rating not in (1, 2, 3, 4, 5):
        raise ValueError(f"rating: {rating!r} is not one of 1, 2, 3, 4, 5")
    return 0 if rating <= 2 else 1 if rating == 3 else 2
