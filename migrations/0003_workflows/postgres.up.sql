CREATE TABLE workflows (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id  uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name             text NOT NULL,
  description      text,
  engine_type      text NOT NULL,
  status           text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'paused', 'archived')),
  steps            jsonb NOT NULL DEFAULT '[]',
  context          jsonb NOT NULL DEFAULT '{}',
  tags             text[] NOT NULL DEFAULT '{}',
  current_version  integer NOT NULL DEFAULT 1,
  created_by       uuid REFERENCES users (id) ON DELETE SET NULL,
  assigned_to      uuid REFERENCES agents (id) ON DELETE SET NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  search           tsvector GENERATED ALWAYS AS (
                     setweight(to_tsvector('simple', name), 'A') ||
                     setweight(to_tsvector('simple', coalesce(description, '')), 'B')
                   ) STORED
);

CREATE INDEX workflows_organization_engine ON workflows (organization_id, engine_type);
CREATE INDEX workflows_search ON workflows USING gin (search);
CREATE INDEX workflows_tags ON workflows USING gin (tags);

-- Every version of a workflow that ever ran, unchanged.
CREATE TABLE workflow_versions (
  workflow_id      uuid NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  version          integer NOT NULL CHECK (version > 0),
  organization_id  uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  steps            jsonb NOT NULL,
  change_note      text,
  created_by       uuid REFERENCES users (id) ON DELETE SET NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workflow_id, version)
);

ALTER TABLE workflows ENABLE ROW LEVEL SECURITY;
CREATE POLICY workflows_of_organization ON workflows USING (organization_id = current_organization_id());
ALTER TABLE workflow_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY workflow_versions_of_organization ON workflow_versions USING (organization_id = current_organization_id());
