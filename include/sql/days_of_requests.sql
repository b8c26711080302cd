-- On which day each of these requests came in, so that what was said of it later finds it.
SELECT DISTINCT request_id, day
FROM captures
WHERE request_id IN (:request_ids)
