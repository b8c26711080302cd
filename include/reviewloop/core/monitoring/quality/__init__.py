"""How well the champion answers a day: estimated without its labels, and realised as they come in."""
