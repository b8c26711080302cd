-- Reviews and complaints by product, a row for each of the last days (from :since on) and one for all days before: by stars, and as
-- champions answered. :columns are the product and its groups. A text that comes again on a day about the same product counts once.
WITH told AS (
    SELECT day, review_id, text, rating, :columns
    FROM reviews
    WHERE day <= :day
),
answers AS (
    SELECT day AS answered_day, review_id AS answered_id, prediction
    FROM predictions
    WHERE day <= :day
),
once AS (
    SELECT
        day, text, :columns, MIN(rating) AS rating, COUNT(prediction) AS num_answers,
        MAX(CASE WHEN prediction = 'negative' THEN 1 ELSE 0 END) AS says_complaint
    FROM told
    LEFT JOIN answers ON day = answered_day AND review_id = answered_id
    GROUP BY day, text, :columns
)
SELECT
    CASE WHEN day < :since THEN 'before' ELSE day END AS day,
    COUNT(rating) AS num_rated,
    SUM(CASE WHEN rating <= 2 THEN 1 ELSE 0 END) AS rated_complaints,
    SUM(CASE WHEN num_answers > 0 THEN 1 ELSE 0 END) AS num_answered,
    SUM(says_complaint) AS answered_complaints,
    SUM(CASE WHEN num_answers > 0 AND rating IS NULL THEN 1 ELSE 0 END) AS num_unrated,
    SUM(CASE WHEN rating IS NULL THEN says_complaint ELSE 0 END) AS unrated_complaints,
    :columns
FROM once
GROUP BY CASE WHEN day < :since THEN 'before' ELSE day END, :columns
