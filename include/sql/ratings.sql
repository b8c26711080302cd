-- The stars of every review of some days, by which captured answers to them are labelled.
SELECT day AS review_day, review_id, rating
FROM reviews
WHERE day IN (:days)
