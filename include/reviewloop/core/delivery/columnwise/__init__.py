"""Delimited text a column at a time: what a large file is parsed by, with the row-wise parser's results."""
