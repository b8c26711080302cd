-- What Athena sees of one day's captured requests in the table that they are audited in.
SELECT count(*) AS num_rows
FROM :table
WHERE day = :day AND batch IN (:batches)
