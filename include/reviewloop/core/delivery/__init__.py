"""A delivery: its contract, its formats, its rows and what is wrong with them."""
