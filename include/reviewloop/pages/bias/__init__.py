"""The pages on bias, before and after training."""
