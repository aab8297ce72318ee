import { type View, viewOf } from "../encoding/view.ts";
import type { Collection, Key, Projection } from "../stores/store.ts";
import { groupOf, NO_ROWS, type Pair } from "./groups.ts";
import type { CopyPlan } from "./plan.ts";

/** Source and copy of one comparison, brought to one encoding. */
export interface Sides {
  /** The encoding that both share. */
  readonly projection: Projection;
  /** From rows of the source to what the copy should hold of them. */
  readonly view: View;
  /** Whether a copy's row that the source lacks counts as the entity's: false when the copy's `where` lets it out. */
  inScope(tuple: Uint8Array): boolean;
  /** What both sides hold now of each key, in the order asked for; outside any snapshot. */
  lookup(keys: readonly Key[], signal: AbortSignal): Promise<readonly Pair[]>;
}

export function sidesOf(source: Collection, { collection, expected }: CopyPlan): Sides {
  const view = viewOf(source.projection, expected);
  const scope = viewOf(collection.projection, collection.projection);
  const inScope = (tuple: Uint8Array) => scope.tuple(tuple) !== null;
  return {
    projection: expected,
    view,
    inScope,
    async lookup(keys, signal) {
      const [sourceRows, copyRows] = await Promise.all([
        source.lookup(keys, { signal }),
        collection.lookup(keys, { signal }),
      ]);
      return keys.map((_, index) => {
        const wanted = (sourceRows[index] ?? NO_ROWS).flatMap((tuple) => view.tuple(tuple) ?? []);
        const held = copyRows[index] ?? NO_ROWS;
        // A row that the source lacks and the copy's `where` lets out belongs to somebody else.
        const claimed = wanted.length > 0 ? held : held.filter(inScope);
        return { source: groupOf(wanted), copy: groupOf(claimed) };
      });
    },
  };
}
