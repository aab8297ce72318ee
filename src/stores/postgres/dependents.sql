-- $1 schema, $2 table: what outside of the schema a DROP … CASCADE would take with it.
SELECT format('view %I.%I', vn.nspname, v.relname) AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND v.relnamespace <> c.relnamespace
UNION
SELECT format('constraint %I of %I.%I', k.conname, tn.nspname, t.relname)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint k ON k.confrelid = c.oid
JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND t.relnamespace <> c.relnamespace
ORDER BY 1
