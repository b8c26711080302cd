"""Which facts a model is judged by, and the verdicts."""
