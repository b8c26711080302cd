"""The leaderboard: kinds of models side by side, which to choose, and how much of the best of them is luck."""
