"""The functions that an analyst's statement may call: those of Athena's engine (version 3, Trino) that only compute.

They are those of https://trino.io/docs/current/functions.html but for what tells of the session or the engine (``version``,
``current_user``) and what makes tables. The local engine knows functions that read files or the environment: none is here.
"""

from typing import Final

_AGGREGATE: Final = """
any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary array_agg avg bitwise_and_agg bitwise_or_agg
bitwise_xor_agg bool_and bool_or checksum corr count count_if covar_pop covar_samp entropy every geometric_mean histogram kurtosis
listagg map_agg map_union max max_by merge min min_by multimap_agg numeric_histogram qdigest_agg reduce_agg regr_intercept
regr_slope skewness stddev stddev_pop stddev_samp sum tdigest_agg var_pop var_samp variance grouping
"""
_WINDOW: Final = "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number"
_MATH: Final = """
abs acos asin atan atan2 beta_cdf cbrt ceil ceiling cos cosh cosine_distance cosine_similarity degrees dot_product e
euclidean_distance exp floor from_base infinity inverse_beta_cdf inverse_normal_cdf is_finite is_infinite is_nan ln log log10 log2
mod nan normal_cdf pi pow power radians rand random round sign sin sinh sqrt tan tanh to_base truncate width_bucket
wilson_interval_lower wilson_interval_upper bit_count bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
bitwise_right_shift_arithmetic bitwise_xor
"""
_TEXT: Final = """
chr codepoint concat concat_ws format format_number from_utf8 hamming_distance length levenshtein_distance lower lpad ltrim
luhn_check normalize position regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace
regexp_split replace reverse rpad rtrim soundex split split_part split_to_map split_to_multimap starts_with strpos substr
substring to_utf8 translate trim upper word_stem crc32 from_base32 from_base64 from_base64url from_big_endian_32
from_big_endian_64 from_hex md5 murmur3 sha1 sha256 sha512 spooky_hash_v2_32 spooky_hash_v2_64 to_base32 to_base64 to_base64url
to_big_endian_32 to_big_endian_64 to_hex xxhash64 hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 url_decode url_encode
url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
url_extract_query uuid
"""
_TIME: Final = """
at_timezone current_date current_time current_timestamp date date_add date_diff date_format date_parse date_trunc day day_of_month
day_of_week day_of_year dow doy extract format_datetime from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos
from_unixtime from_unixtime_nanos hour human_readable_seconds last_day_of_month localtime localtimestamp millisecond minute month
now parse_datetime parse_duration quarter second timezone timezone_hour timezone_minute to_iso8601 to_milliseconds to_unixtime
week week_of_year with_timezone year year_of_week yow
"""
_NESTED: Final = """
all_match any_match array array_distinct array_except array_first array_histogram array_intersect array_join array_last array_max
array_min array_position array_remove array_sort array_union arrays_overlap cardinality combinations contains contains_sequence
element_at filter flatten map map_concat map_entries map_filter map_from_entries map_keys map_values map_zip_with
multimap_from_entries ngrams none_match reduce repeat row sequence shuffle slice transform transform_keys transform_values
trim_array unnest zip zip_with
"""
_JSON: Final = """
is_json_scalar json_array json_array_contains json_array_get json_array_length json_exists json_extract json_extract_scalar
json_format json_object json_parse json_query json_size json_value
"""
_OTHER: Final = """
all any cast coalesce exists greatest if least nullif try try_cast typeof value_at_quantile values_at_quantiles
quantile_at_value cardinality empty_approx_set
"""
FUNCTIONS: Final = frozenset(f"{_AGGREGATE} {_WINDOW} {_MATH} {_TEXT} {_TIME} {_NESTED} {_JSON} {_OTHER}".split())
