"""What a data warehouse is told, in its own SQL."""
