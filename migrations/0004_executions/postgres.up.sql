CREATE TABLE executions (
  id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id   uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  workflow_id       uuid NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  workflow_version  integer NOT NULL,
  agent_id          uuid REFERENCES agents (id) ON DELETE SET NULL,
  status            text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  input             jsonb NOT NULL DEFAULT '{}',
  output            jsonb,
  error             text,
  cost              numeric(18, 4) NOT NULL DEFAULT 0,
  tokens            bigint NOT NULL DEFAULT 0,
  started_at        timestamptz,
  finished_at       timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX executions_workflow ON executions (workflow_id, created_at DESC);
CREATE INDEX executions_agent ON executions (agent_id, created_at DESC) INCLUDE (status, cost);
CREATE INDEX executions_unfinished ON executions (organization_id, status, created_at) WHERE finished_at IS NULL;

ALTER TABLE executions ENABLE ROW LEVEL SECURITY;
CREATE POLICY executions_of_organization ON executions USING (organization_id = current_organization_id());
