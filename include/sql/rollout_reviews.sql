-- Every review of a rollout's requests, with what its arm answered and what the challenger read in shadow. Of the texts only lengths.
SELECT
    day, request_id, review_index, received_at, COALESCE(unit, request_id) AS unit, generation, arm, version, digest, status, latency_ms,
    error, caller, dataset, review_day, review_id, COALESCE(LENGTH(title), 0) + COALESCE(LENGTH(text), 0) AS num_chars,
    sentiment, p_negative, p_neutral, p_positive,
    shadow_version, shadow_digest, shadow_status, shadow_latency_ms, shadow_error, shadow_tokens,
    shadow_sentiment, shadow_p_negative, shadow_p_neutral, shadow_p_positive,
    feedback, feedback_at
FROM captures
WHERE day >= :first_day AND rollout = :rollout
