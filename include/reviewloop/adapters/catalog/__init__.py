"""The Glue catalog: which tables and partitions the lake has, which batch of a day counts, and Athena, which reads by it."""
