"""What a producer and we agreed on, and how a day's delivery is judged."""
