"""What was asked and answered: its records, the spool on this disk, and the way to the lake."""
