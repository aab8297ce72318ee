-- The agents as analytics joins them; a projection of PostgreSQL's table.
CREATE TABLE agents (
  id               UUID,
  organization_id  UUID,
  name             String,
  agent_type       LowCardinality(String),
  model            LowCardinality(String),
  specialization   LowCardinality(Nullable(String)),
  energy_level     Int32,
  status           LowCardinality(String),
  created_at       DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY id;
