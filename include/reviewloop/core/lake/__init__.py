"""SQL statements, partitions and types of the lake."""
