-- How many rows Athena reads from a table: the proof that what a crawl registered can be read.
SELECT COUNT(*) AS num_rows
FROM :table
