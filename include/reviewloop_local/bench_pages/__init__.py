"""``make bench-pages``: how long the pages on the table ``metrics`` take, with a year of generated days behind them."""
