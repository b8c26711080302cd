"""Bias of labelled data before any model is trained: Clarify's measures, how sure they are, what they may mean."""
