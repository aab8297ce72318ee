import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: {
    readonly test: readonly string[];
    readonly interval: string;
    readonly retries: number;
  };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const file = new URL("../../../docker-compose.db.yml", import.meta.url);
const text = readFileSync(file, "utf8");
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);

test("the stores are there by default, consoles and monitoring by their profiles", () => {
  const inProfile = (profile: string | undefined) =>
    services.filter(([, { profiles }]) => profiles?.[0] === profile).map(([name]) => name);
  expect(inProfile(undefined)).toEqual(["postgres", "redis", "elasticsearch", "clickhouse"]);
  expect(inProfile("consoles")).toEqual(["pgadmin", "redis-commander", "kibana"]);
  expect(inProfile("monitoring")).toEqual(expect.arrayContaining(["prometheus", "grafana"]));
  expect(compose.services.postgres?.image).toMatch(/^pgvector\//);
});

test.each(services)("%s: pinned image, health check, loopback", (_, service) => {
  expect(service.image).toMatch(/:(pg|v)?\d+(\.\d+)*(-alpine)?$/);
  expect(service.healthcheck).toMatchObject({
    test: ["CMD-SHELL", expect.any(String)],
    interval: expect.stringMatching(/^\d+s$/),
    retries: expect.any(Number),
  });
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
});

test.each(services)("%s: what it refers to is declared", (_, service) => {
  for (const volume of service.volumes ?? []) {
    const [name = ""] = volume.split(":");
    expect(Object.keys(compose.volumes)).toContain(name);
  }
  for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs)).toContain(source);
  for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
    expect(Object.keys(compose.services)).toContain(name);
    expect(condition).toBe("service_healthy");
  }
});

test("every volume and config is used", () => {
  const used = services.flatMap(([, { volumes = [], configs = [] }]) => [
    ...volumes.map((volume) => volume.split(":")[0]),
    ...configs.map(({ source }) => source),
  ]);
  const declared = [...Object.keys(compose.volumes), ...Object.keys(compose.configs)];
  expect(declared.sort()).toEqual(used.sort());
});

test("every password comes from the environment and is required", () => {
  const passwords = services.flatMap(([, { environment = {}, command = [] }]) => [
    ...Object.entries(environment).flatMap(([name, value]) => (/PASS|_AUTH$/.test(name) ? [value] : [])),
    ...command.filter((_, index) => command[index - 1] === "--requirepass"),
  ]);
  expect(passwords.length).toBeGreaterThan(10);
  for (const password of passwords) {
    expect(password).toMatch(/^\$\{(\w+:-\$\{)?(POSTGRES|REDIS|ELASTIC|CLICKHOUSE)_PASSWORD:\?[^}]+\}+$/);
  }
});

test("the inlined configurations parse", () => {
  const { pgadmin, prometheus, grafana } = compose.configs;
  expect(JSON.parse(pgadmin?.content ?? "")).toHaveProperty("Servers");
  const targets = parse(prometheus?.content ?? "").scrape_configs.map(
    (job: { static_configs: { targets: string[] }[] }) => job.static_configs[0]?.targets[0]?.split(":")[0],
  );
  for (const target of targets) expect(Object.keys(compose.services)).toContain(target);
  expect(parse(grafana?.content ?? "").datasources[0].url).toBe("http://prometheus:9090");
});

const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0;

test.skipIf(!hasCompose)("docker compose itself accepts the file, and only with its passwords", () => {
  const config = (env: Record<string, string>) =>
    spawnSync("docker", ["compose", "-f", file.pathname, "--profile", "*", "config", "-q"], {
      env: { PATH: process.env.PATH, ...env },
      encoding: "utf8",
    });
  const passwords = { POSTGRES_PASSWORD: "a", REDIS_PASSWORD: "b", ELASTIC_PASSWORD: "c" };
  expect(config(passwords).stderr).toContain("CLICKHOUSE_PASSWORD");
  expect(config({ ...passwords, CLICKHOUSE_PASSWORD: "d" })).toMatchObject({ status: 0 });
});
