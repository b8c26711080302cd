"""A model in memory, what belongs to it, and the scheduler and threads that read with it."""
