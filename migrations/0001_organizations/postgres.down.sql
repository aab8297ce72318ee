DROP TABLE users;
DROP TABLE organizations;
DROP FUNCTION current_organization_id();
