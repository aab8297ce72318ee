CREATE TABLE executions (
  id                UUID,
  organization_id   UUID,
  workflow_id       UUID,
  workflow_version  Int32,
  agent_id          Nullable(UUID),
  status            LowCardinality(String),
  input             String,
  output            Nullable(String),
  error             Nullable(String),
  cost              Decimal(18, 4),
  tokens            Int64,
  started_at        Nullable(DateTime64(6, 'UTC')),
  finished_at       Nullable(DateTime64(6, 'UTC')),
  created_at        DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY id;
