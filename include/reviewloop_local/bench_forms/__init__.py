"""In which form should the model be served? A race of runtimes and precisions."""
