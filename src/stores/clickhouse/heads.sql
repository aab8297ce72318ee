CREATE TABLE IF NOT EXISTS {namespace}._dbctl_heads
(
    store String,
    version String,
    chain String,
    revisions UInt32,
    revision UInt64 COMMENT 'the highest of a store counts',
    deleted Bool
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY store
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'dbctl: the newest state of each store''s history'
