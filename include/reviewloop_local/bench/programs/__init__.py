"""What the benchmark runs, each in a process of its own; torch at the top is fine here."""
