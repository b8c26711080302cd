"""What people are told: when, how often, how loudly, and until when."""
