const STORE_VARIABLE =
  /^(DATABASE_URL|DBCTL_(?!CACHE_DIR|TEST_).*|(POSTGRES|PG|DB|REDIS|ELASTICSEARCH|ES|CLICKHOUSE|INFLUX)_?[A-Z_]*|NODE_ENV)$/;

/** `env` without anything that names a store or an environment: what demo and tests hand to the binary. */
export function withoutStoreVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !STORE_VARIABLE.test(name)));
}
