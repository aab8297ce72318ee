-- In a database that is not there nothing is known yet but who we are.
SELECT current_user AS user,
       (SELECT version || ' ' || cipher FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) AS tls,
       rolsuper OR rolcreatedb AS may_create_databases,
       rolsuper OR rolbypassrls AS may_bypass_rls,
       has_database_privilege(current_database(), 'TEMPORARY') AS may_stage,
       CASE WHEN current_database() = :database THEN has_database_privilege(current_database(), 'CREATE') END
         AS may_create_schemas,
       CASE WHEN current_database() = :database
            THEN (SELECT has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') FROM pg_catalog.pg_namespace n WHERE n.nspname = :schema)
       END AS may_create_tables
FROM pg_catalog.pg_roles
WHERE rolname = current_user
