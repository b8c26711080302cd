"""What people are told, what may be spent, what is kept, and where else it lies."""
