"""One text, one answer: whatever reads it, batch scoring, the endpoint or a look into the feature store."""
