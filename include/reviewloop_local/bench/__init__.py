"""The benchmark: ``make bench`` trains the same encoder in several ways, side by side, and compares speed and quality."""
