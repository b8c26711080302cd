"""Captured requests: whether they are all there, the rows that they make, and how one customer's words leave them."""

from reviewloop.core.captures.gaps import Completeness, completeness

__all__ = ["Completeness", "completeness"]
