import { createHash } from "node:crypto";
import { chownSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { EnginePlace } from "../engine.ts";

export const USER = "dbctl";
const MEMORY_LIMIT_BYTES = Math.min(4 * 2 ** 30, Math.floor(totalmem() / 2));

export function configFile(place: EnginePlace): string {
  return join(place.dir, "config.xml");
}

/** Written before every start: port and limits may have changed. */
export function writeConfig(place: EnginePlace, port: number): void {
  const users = join(place.dir, "users.xml");
  write(users, usersXml(place.password), place);
  write(configFile(place), configXml(place, port, users), place);
}

function write(path: string, text: string, place: EnginePlace): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (place.runAs !== null) chownSync(path, place.runAs.uid, place.runAs.gid);
}

function configXml(place: EnginePlace, port: number, users: string): string {
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <path>${xml(place.dataDir)}/</path>
  <tmp_path>${xml(place.dataDir)}/tmp/</tmp_path>
  <user_files_path>${xml(place.dir)}/user_files/</user_files_path>
  <users_config>${xml(users)}</users_config>
  <user_directories><users_xml><path>${xml(users)}</path></users_xml></user_directories>
  <logger><level>warning</level><console>1</console></logger>
  <max_server_memory_usage>${MEMORY_LIMIT_BYTES}</max_server_memory_usage>
  <mark_cache_size>${64 * 2 ** 20}</mark_cache_size>
  <storage_configuration><disks>
    <backups><type>local</type><path>${xml(place.dir)}/backups/</path></backups>
  </disks></storage_configuration>
  <backups><allowed_disk>backups</allowed_disk></backups>
</clickhouse>
`;
}

/**
 * clickhouse-local itself works as `default` and can't be given a password for it. So that user may do only what its
 * two start-up statements need, and its quota is used up by them: over HTTP it can do nothing.
 */
function usersXml(password: string): string {
  const hash = createHash("sha256").update(password).digest("hex");
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas>
    <default/>
    <startup><interval><duration>2000000000</duration><queries>2</queries></interval></startup>
  </quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>startup</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
        <query>GRANT READ ON FILE</query>
      </grants>
    </default>
    <${USER}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <access_management>1</access_management>
      <named_collection_control>1</named_collection_control>
    </${USER}>
  </users>
</clickhouse>
`;
}

function xml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
