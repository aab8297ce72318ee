-- Tenants and their people. Every tenant-owned table carries organization_id and is closed by row-level security:
-- the application sets app.organization_id for each transaction and sees that organization's rows only.

CREATE TABLE organizations (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name        text NOT NULL,
  slug        text NOT NULL UNIQUE,
  plan        text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'early', 'mid_market', 'enterprise')),
  settings    jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id  uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  email            text NOT NULL,
  display_name     text NOT NULL,
  status           text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'invited', 'suspended')),
  preferences      jsonb NOT NULL DEFAULT '{}',
  last_login_at    timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_organization_email ON users (organization_id, lower(email));

-- After SET LOCAL has gone out of scope the setting is '', which is no uuid: hence NULLIF.
CREATE FUNCTION current_organization_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('app.organization_id', true), '')::uuid;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_of_organization ON users USING (organization_id = current_organization_id());
