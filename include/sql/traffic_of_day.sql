-- A day of requests as the champion answered them: each text and answer once. What was erased has no text.
SELECT
    title, text, version, digest, form, sentiment, p_negative, p_neutral, p_positive, MIN(request_id) AS first_request
FROM captures
WHERE day = :day AND arm = 'champion' AND status = 200 AND text IS NOT NULL
GROUP BY title, text, version, digest, form, sentiment, p_negative, p_neutral, p_positive
ORDER BY first_request
LIMIT :most
