"""What lets a version answer, and how it comes to."""
