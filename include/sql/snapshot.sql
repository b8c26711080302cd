-- The rows of a training snapshot: :columns are the contract's (what a model may see, the facets, the rating that labels them).
-- Only the batches that the catalog holds now: a superseded batch keeps its files.
SELECT :columns
FROM reviews
WHERE batch IN (:batches) AND day <= :day
ORDER BY day, review_id
