CREATE TABLE IF NOT EXISTS {namespace}._migration_history
(
    version String,
    name String,
    format_version UInt8,
    checksum String,
    chain String,
    up_body String,
    down_body Nullable(String),
    direction LowCardinality(String),
    statements_total UInt32,
    statements_applied UInt32,
    statement_in_flight Bool,
    statement_hashes Array(String),
    started_at DateTime64(3, 'UTC'),
    duration_ms UInt64,
    user String,
    host String,
    dbctl_version String,
    error Nullable(String),
    in_flight String COMMENT 'JSON: how to tell whether the statement in flight took effect',
    revision UInt64 COMMENT 'the highest of a version counts',
    deleted Bool
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'dbctl: what was applied here'
