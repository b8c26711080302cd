"""The kinds of models: for each a module that loads it, and the table of them all."""
