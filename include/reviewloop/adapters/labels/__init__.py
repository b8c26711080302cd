"""Labels: the functions that give some, whose label a row has, and rows that came without."""
