-- What the endpoint answered to the reviews of some days: to those that callers named, and to the same words from whoever sent them.
-- Each answer once, however often it was given. What was erased has no text.
SELECT
    title, text, review_day, review_id, digest, form, p_negative, p_neutral, p_positive, MIN(request_id) AS first_request
FROM captures
WHERE day >= :first_day AND status = 200 AND text IS NOT NULL
    AND (review_day IN (:days) OR text IN (SELECT text FROM reviews WHERE day IN (:days)))
GROUP BY title, text, review_day, review_id, digest, form, p_negative, p_neutral, p_positive
