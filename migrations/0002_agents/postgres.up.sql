CREATE TABLE agents (
  id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id     uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name                text NOT NULL,
  agent_type          text NOT NULL,
  model               text NOT NULL,
  specialization      text,
  config              jsonb NOT NULL DEFAULT '{}',
  personality_traits  jsonb NOT NULL DEFAULT '{}',
  -- Encrypted by the application before it gets here.
  belief_state        bytea,
  energy_level        integer NOT NULL DEFAULT 100 CHECK (energy_level BETWEEN 0 AND 100),
  location_h3         text,
  status              text NOT NULL DEFAULT 'idle' CHECK (status IN ('idle', 'active', 'inactive', 'suspended')),
  last_active_at      timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX agents_organization_type ON agents (organization_id, agent_type);
CREATE INDEX agents_location ON agents (location_h3);
CREATE INDEX agents_active ON agents (organization_id, last_active_at) WHERE status = 'active';
CREATE INDEX agents_config ON agents USING gin (config jsonb_path_ops);

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
CREATE POLICY agents_of_organization ON agents USING (organization_id = current_organization_id());
