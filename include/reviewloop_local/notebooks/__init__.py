"""``make notebooks``: what the rows are like, and what was tried on them, as two notebooks that were run."""
