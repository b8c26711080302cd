"""The lake: objects and artifacts on S3, and what lies where."""
