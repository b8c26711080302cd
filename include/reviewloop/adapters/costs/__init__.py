"""Money on AWS: the preflight, the budget and the reaper."""
