"""What the loop remembers of drift, in the lake."""
