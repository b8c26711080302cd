"""Is a day unlike the champion's reference? Signals, what luck does to them, and one decision with a known false-alarm rate."""
