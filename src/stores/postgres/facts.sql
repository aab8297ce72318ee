SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
       to_regnamespace(quote_ident(:schema)) IS NOT NULL AS schema_exists,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connection_limit,
       (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') AS connections_used
