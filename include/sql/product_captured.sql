-- The complaints of the last days that product_captures.sql counts.
SELECT captures.day, captures.request_id AS review, captures.title, captures.text, captures.product
FROM captures
LEFT JOIN reviews
    ON captures.review_day = reviews.day AND captures.review_id = reviews.review_id AND captures.dataset = :dataset
WHERE
    captures.day >= :since AND captures.day <= :day AND captures.product IS NOT NULL AND captures.text IS NOT NULL
    AND COALESCE(captures.feedback, captures.sentiment) = 'negative' AND reviews.review_id IS NULL
