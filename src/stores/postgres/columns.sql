-- $1 schema, $2 table: one row for each column, domains resolved to what they are made of.
WITH RECURSIVE attribute AS (
  SELECT a.*
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
),
-- Each column's type, then what a domain or an array of it is made of.
type AS (
  SELECT attnum, false AS is_element, atttypid AS oid, atttypmod AS typmod
  FROM attribute
  UNION ALL
  SELECT type.attnum,
         type.is_element OR t.typtype <> 'd',
         CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
         CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE type.typmod END
  FROM type
  JOIN pg_catalog.pg_type t ON t.oid = type.oid
  WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0 AND NOT type.is_element)
),
base AS (
  SELECT type.attnum, type.is_element, type.typmod, t.oid, t.typtype, t.typcategory, t.typelem,
         CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace OR t.typname = 'citext' THEN t.typname END AS typname
  FROM type
  JOIN pg_catalog.pg_type t ON t.oid = type.oid
  WHERE t.typtype <> 'd'
)
SELECT a.attname AS name,
       a.attnum AS number,
       format_type(a.atttypid, a.atttypmod) AS shown,
       a.attnotnull AS not_null,
       a.attgenerated AS generated,
       a.attidentity AS identity,
       base.typname AS base,
       base.typtype = 'e' AS is_enum,
       base.typcategory = 'A' AS is_array,
       base.typmod AS modifier,
       base.typelem AS element_oid,
       element.typname AS element_base,
       element.typtype = 'e' AS element_is_enum,
       element.typmod AS element_modifier,
       a.attcollation AS collation_oid,
       coalesce(to_jsonb(l) ->> 'collisdeterministic', 'true')::boolean AS is_deterministic,
       -- Ordered as memcmp orders: the collation itself, or the database's where it is the default one.
       CASE
         WHEN l.oid IS NULL THEN false
         WHEN l.collprovider = 'd' THEN
           (SELECT CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
                     WHEN 'c' THEN d.datcollate IN ('C', 'POSIX')
                     WHEN 'b' THEN true
                     ELSE false
                   END
            FROM pg_catalog.pg_database d
            WHERE d.datname = current_database())
         WHEN l.collprovider = 'c' THEN l.collcollate IN ('C', 'POSIX')
         ELSE l.collprovider = 'b'
       END AS is_bytewise
FROM attribute a
JOIN base ON base.attnum = a.attnum AND NOT base.is_element
LEFT JOIN base element ON element.attnum = a.attnum AND element.is_element
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
ORDER BY a.attnum
