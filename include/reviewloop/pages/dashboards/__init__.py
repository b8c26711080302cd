"""Four pages on the one table ``metrics``, each for other questions: plots that a mouse can ask, and a table of the newest days."""
