"""Synthetic reviews with the columns and the mess of the real file."""
