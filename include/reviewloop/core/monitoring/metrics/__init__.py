"""The table ``metrics``: what is known of each monitored day, a row a figure."""
