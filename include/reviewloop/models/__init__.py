"""A model folder, and how the model in it answers."""
