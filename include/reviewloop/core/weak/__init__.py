"""Labels from rules that people write down, and how far they may be believed."""
