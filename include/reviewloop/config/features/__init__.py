"""How curated reviews become a snapshot."""
