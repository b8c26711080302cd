"""What a review says: its sentiment, which its stars tell."""

from typing import Final

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""Class names, in the order of the class ids 0, 1, 2."""


def sentiment_of(rating: int) -> int:
    """Class id of a rating from 1 to 5: 1-2 negative (0), 3 neutral (1), 4-5 positive (2). Raises ``ValueError`` otherwise."""
    if rating not in (1, 2, 3, 4, 5):
        raise ValueError(f"rating: {rating!r} is not one of 1, 2, 3, 4, 5")
    return 0 if rating <= 2 else 1 if rating == 3 else 2
