-- What Athena sees of one day's curated batch: its rows and its distinct review ids.
SELECT
    COUNT(*) AS num_rows,
    COUNT(DISTINCT review_id) AS num_ids
FROM reviews
WHERE day = :day AND batch IN (:batches)
