"""Pure rules of the loop: no outside system, no clock, no network."""
