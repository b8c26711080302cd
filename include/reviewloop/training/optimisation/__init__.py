"""One step of a fine-tune: what it is punished for, what learns, and how fast."""
