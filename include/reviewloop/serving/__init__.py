"""The real-time endpoint."""
