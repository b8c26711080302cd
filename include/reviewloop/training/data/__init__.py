"""The rows of a fine-tune, from the Parquet files to what the model reads in one pass."""
