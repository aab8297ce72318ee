import type { Variable } from "../variables.ts";
import type { GroupDraft, Part } from "./discrete.ts";
import type { ConnectionDraft } from "./draft.ts";
import type { StoreKind } from "./kinds.ts";

/** Variables of `group` that name something else than `draft` does. A password is never compared. */
export function partsInConflict(draft: ConnectionDraft, group: GroupDraft, kind: StoreKind): Variable[] {
  const isSilent = group.isFallback && group.draft.host === null;
  if (isSilent) return [];
  const isTls = draft.tls.mode !== null && draft.tls.mode !== "disable";
  const known: Partial<Record<Part, string | number | null>> = {
    host: draft.host ?? "localhost",
    port: draft.port ?? kind.defaultPort(isTls),
    user: draft.user,
    database: draft.database,
  };
  return [...group.parts].flatMap(([part, variable]) => {
    const theirs = group.draft[part];
    const ours = known[part] ?? null;
    return part === "password" || ours === null || theirs === null || ours === theirs ? [] : [variable];
  });
}

/** `draft` with what it leaves open taken from `group`. A password is taken only for the same user. */
export function fillGaps(
  draft: ConnectionDraft,
  group: GroupDraft,
): { readonly draft: ConnectionDraft; readonly parts: ReadonlyMap<Part, Variable> } {
  const parts = new Map<Part, Variable>();
  const take = <P extends Part>(part: P, wanted: boolean): ConnectionDraft[P] => {
    const variable = group.parts.get(part);
    if (draft[part] !== null || variable === undefined || !wanted) return draft[part];
    parts.set(part, variable);
    return group.draft[part];
  };
  const user = take("user", true);
  const isSameUser = group.draft.user === null || group.draft.user === user;
  const { tls } = group.draft;
  return {
    draft: {
      ...draft,
      port: take("port", true),
      user,
      password: take("password", isSameUser),
      database: take("database", true),
      tls: {
        mode: draft.tls.mode ?? tls.mode,
        ca: draft.tls.ca ?? tls.ca,
        cert: draft.tls.cert ?? tls.cert,
        key: draft.tls.key ?? tls.key,
      },
      applicationName: draft.applicationName ?? group.draft.applicationName,
      parameters: { ...group.draft.parameters, ...draft.parameters },
    },
    parts,
  };
}
