-- The complaints of the last days, as product_counts.sql counts them. :columns is the product alone.
WITH told AS (
    SELECT day, review_id, title, text, rating, :columns
    FROM reviews
    WHERE day >= :since AND day <= :day
),
answers AS (
    SELECT day AS answered_day, review_id AS answered_id, prediction
    FROM predictions
    WHERE day >= :since AND day <= :day
)
SELECT day, CAST(review_id AS VARCHAR) AS review, title, text, rating, :columns
FROM told
LEFT JOIN answers ON day = answered_day AND review_id = answered_id
WHERE rating <= 2 OR (rating IS NULL AND prediction = 'negative')
