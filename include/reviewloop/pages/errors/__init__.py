"""The page on where a model is wrong."""
