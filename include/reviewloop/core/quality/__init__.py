"""What the quality gate counts of a day's rows, piece by piece."""
