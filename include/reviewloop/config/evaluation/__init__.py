"""How a model is marked before its gates."""
