"""What of a day is compared with the reference."""
