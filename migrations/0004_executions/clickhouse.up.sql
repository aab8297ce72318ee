-- Finished executions, kept when PostgreSQL has let go of them.
CREATE TABLE executions_archive (
  id                UUID,
  organization_id   UUID,
  workflow_id       UUID,
  workflow_version  Int32,
  agent_id          Nullable(UUID),
  status            LowCardinality(String),
  input             String CODEC(ZSTD(3)),
  output            Nullable(String) CODEC(ZSTD(3)),
  error             Nullable(String) CODEC(ZSTD(3)),
  cost              Decimal(18, 4),
  tokens            Int64 CODEC(T64, ZSTD(1)),
  started_at        Nullable(DateTime64(6, 'UTC')),
  finished_at       DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  created_at        DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(finished_at)
ORDER BY (organization_id, id)
TTL toDateTime(finished_at) + INTERVAL 10 YEAR;

-- What happened while an execution ran: one row an event, never changed.
CREATE TABLE execution_events (
  id               UUID,
  organization_id  UUID,
  execution_id     UUID,
  agent_id         Nullable(UUID),
  model            LowCardinality(String),
  event_type       LowCardinality(String),
  latency_ms       Int32 CODEC(T64, ZSTD(1)),
  cost             Decimal(18, 4),
  tokens           Int64 CODEC(T64, ZSTD(1)),
  occurred_at      DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, execution_id, occurred_at)
TTL toDateTime(occurred_at) + INTERVAL 10 YEAR;

-- The question asked most: cost and latency by agent, model and day.
CREATE MATERIALIZED VIEW agent_costs_daily
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (organization_id, agent_id, model, day)
AS SELECT
  organization_id,
  ifNull(agent_id, toUUID('00000000-0000-0000-0000-000000000000')) AS agent_id,
  model,
  toDate(occurred_at) AS day,
  count() AS events,
  sum(cost) AS cost,
  sum(tokens) AS tokens,
  sum(latency_ms) AS latency_ms
FROM execution_events
GROUP BY organization_id, agent_id, model, day;
