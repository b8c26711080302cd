-- What the endpoint answered, by product and day as in product_counts.sql, but for reviews that were delivered since: they count there.
-- What a person said later counts for the answer. A text that is asked about again on a day counts once.
WITH told AS (
    SELECT
        captures.day, captures.product,
        MAX(CASE WHEN COALESCE(captures.feedback, captures.sentiment) = 'negative' THEN 1 ELSE 0 END) AS says_complaint
    FROM captures
    LEFT JOIN reviews
        ON captures.review_day = reviews.day AND captures.review_id = reviews.review_id AND captures.dataset = :dataset
    WHERE captures.day <= :day AND captures.sentiment IS NOT NULL AND reviews.review_id IS NULL
    GROUP BY captures.day, captures.product, COALESCE(captures.text, captures.request_id)
)
SELECT
    CASE WHEN day < :since THEN 'before' ELSE day END AS day,
    product, COUNT(*) AS num_answered, SUM(says_complaint) AS answered_complaints
FROM told
GROUP BY CASE WHEN day < :since THEN 'before' ELSE day END, product
