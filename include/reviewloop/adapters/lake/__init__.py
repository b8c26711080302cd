"""The lake: S3, Glue, Athena, and what lies where in them."""
