"""What the captured records say of a rollout, and of the traffic before it."""
