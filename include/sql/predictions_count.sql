-- How many predictions of one day and of the registered batches Athena can read.
SELECT count(*) AS num_rows
FROM predictions
WHERE day = :day AND batch IN (:batches)
