"""``make rollout-demo``: a good challenger and five bad ones, each through a rollout of its own, on a stack of their own."""
