-- How many reviews of some batches have stars: what a training could learn from.
SELECT COUNT(rating) AS num_rated
FROM reviews
WHERE batch IN (:batches)
