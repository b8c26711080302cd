-- The rows of a training snapshot: what the model may see, the facets of the bias checks, and the rating that labels them.
-- Only the batches that the catalog holds now: a superseded batch keeps its files.
SELECT
    review_id,
    day,
    title,
    text,
    department,
    division,
    class_name,
    age,
    positive_feedback,
    rating
FROM reviews
WHERE batch IN (:batches) AND day <= :day
ORDER BY day, review_id
