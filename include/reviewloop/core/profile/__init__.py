"""What the reviews of a snapshot are like."""
