"""The laptop: sample reviews, the local stack and the replay that ``make run`` performs. The product never imports it."""
