-- $1 schema, $2 table: its usable btree indexes over plain columns.
SELECT i.indkey::text AS columns,
       i.indnkeyatts AS key_columns,
       i.indcollation::text AS collations,
       i.indisunique AND i.indimmediate AS is_unique,
       coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false')::boolean AS nulls_not_distinct
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
WHERE n.nspname = $1
  AND c.relname = $2
  AND m.amname = 'btree'
  AND i.indisvalid
  AND i.indpred IS NULL
  AND i.indexprs IS NULL
