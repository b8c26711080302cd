"""``make leaderboard``: kinds of models side by side, each in a process of its own, within a budget of minutes."""
