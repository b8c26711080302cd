"""A day's delivery and the labels, as the gates and the checks found them."""
