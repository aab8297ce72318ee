import { clickhouse, defineConfig, entity, postgres, t } from "dbctl";

/** Executions of the reference layer without what they refer to: one wide table, whole in both stores. */
export default defineConfig({
  name: "load",
  stores: { postgres: {}, clickhouse: {} },
  entities: [
    entity("executions", {
      key: ["id"],
      fields: {
        id: t.uuid(),
        organizationId: t.uuid(),
        workflowId: t.uuid(),
        workflowVersion: t.int(),
        agentId: t.uuid(),
        status: t.text(),
        input: t.json(),
        output: t.json(),
        error: t.text(),
        cost: t.decimal(18, 4),
        tokens: t.int(),
        startedAt: t.timestamp(),
        finishedAt: t.timestamp(),
        createdAt: t.timestamp(),
      },
      source: postgres("executions"),
      copies: [clickhouse("executions")],
    }),
  ],
});
