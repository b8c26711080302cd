"""The page on what the reviews of a snapshot are like."""
