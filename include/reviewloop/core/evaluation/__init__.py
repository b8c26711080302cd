"""How good a model is, where it is wrong, and for whom."""
