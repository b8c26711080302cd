"""The data warehouse: Amazon Redshift, asked by its Data API."""
