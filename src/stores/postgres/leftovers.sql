-- Whether anything is left in this database that neither PostgreSQL nor an extension brought along.
WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
own AS (
  SELECT n.oid
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (('pg_namespace'::regclass, n.oid) NOT IN (SELECT * FROM member))
),
object AS (
  SELECT 'pg_class'::regclass::oid AS classid, oid FROM pg_catalog.pg_class WHERE relnamespace IN (SELECT * FROM own)
  UNION ALL
  SELECT 'pg_proc'::regclass, oid FROM pg_catalog.pg_proc WHERE pronamespace IN (SELECT * FROM own)
  UNION ALL
  -- Those of tables and of arrays go with what they are of.
  SELECT 'pg_type'::regclass, oid
  FROM pg_catalog.pg_type
  WHERE typnamespace IN (SELECT * FROM own) AND typtype IN ('d', 'e', 'r')
  UNION ALL
  SELECT 'pg_namespace'::regclass, oid FROM own WHERE oid <> coalesce(to_regnamespace('public'), 0)
  UNION ALL
  SELECT 'pg_largeobject'::regclass, oid FROM pg_catalog.pg_largeobject_metadata
  UNION ALL
  SELECT 'pg_publication'::regclass, oid FROM pg_catalog.pg_publication
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, oid FROM pg_catalog.pg_foreign_server
  UNION ALL
  SELECT 'pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
)
SELECT EXISTS (SELECT FROM object WHERE (classid, oid) NOT IN (SELECT * FROM member)) AS any_left
