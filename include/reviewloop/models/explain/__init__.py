"""Which words made a model answer as it did."""
