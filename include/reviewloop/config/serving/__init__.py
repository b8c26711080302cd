"""The endpoint, batch scoring, and what is kept of requests."""
