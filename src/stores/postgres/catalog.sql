-- What is in the schema, partitions counted with their table.
SELECT c.relname AS name,
       sum(CASE WHEN part.relkind = 'v' THEN 0
                WHEN part.reltuples < 0 THEN coalesce(pg_stat_get_live_tuples(part.oid), 0)
                ELSE part.reltuples END)::int8 AS rows,
       sum(:size)::int8 AS size_bytes
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL pg_partition_tree(c.oid) tree ON c.relkind = 'p' AND tree.isleaf
JOIN pg_catalog.pg_class part ON part.oid = coalesce(tree.relid, c.oid)
WHERE n.nspname = :schema
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT c.relispartition
  AND c.relname <> '_migration_history'
  AND c.relname !~ '^_dbctl_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname
ORDER BY c.relname
