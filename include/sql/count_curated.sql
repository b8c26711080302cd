-- What Athena sees of one day's batch in the table that it is audited in: its rows and its distinct review ids.
SELECT
    COUNT(*) AS num_rows,
    COUNT(DISTINCT review_id) AS num_ids
FROM :table
WHERE day = :day AND batch IN (:batches)
