CREATE TABLE executions (
  id                uuid PRIMARY KEY,
  organization_id   uuid NOT NULL,
  workflow_id       uuid NOT NULL,
  workflow_version  integer NOT NULL,
  agent_id          uuid,
  status            text NOT NULL,
  input             jsonb NOT NULL,
  output            jsonb,
  error             text,
  cost              numeric(18, 4) NOT NULL,
  tokens            bigint NOT NULL,
  started_at        timestamptz,
  finished_at       timestamptz,
  created_at        timestamptz NOT NULL
);
