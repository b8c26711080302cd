"""What people are asked to label, and what came of it."""
