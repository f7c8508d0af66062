/** A behaviour of the platform that a mesh must not change; the name of a row is the rule. */
import { exchange } from './exchange.ts';

/** A JSON value. */
export type Observed = unknown;

interface RowFacts {
  readonly rule: string;
  readonly area: string;
  /** What the platform shows without a mesh. */
  readonly is: Observed;
}

/** Run by the front Worker itself, which is asked for it by its rule. */
export interface InsideRow extends RowFacts {
  readonly run: unknown;
}

/** A side of the comparison: the app bare, or meshed. */
export interface Side {
  /** Where the front Worker listens. */
  readonly url: string;
  /** Runs the cron of the `parity-store` Worker. */
  scheduled(): Promise<Observed>;
}

/** An exchange with the front Worker over a connection of its own. */
export interface OutsideRow extends RowFacts {
  readonly ask: (side: Side) => Promise<Observed>;
}

export type Row = InsideRow | OutsideRow;

/** Something that differs on purpose, or cannot be the same. */
export interface Difference {
  readonly reason: string;
  /** Exactly what is seen through a mesh. */
  readonly meshed: Observed;
}

/** The rows that the front Worker holds. They are plain JavaScript, for they are a user's code. */
export async function insideRows(): Promise<readonly InsideRow[]> {
  const module = new URL('workers/front/rows/index.js', import.meta.url).href;
  return ((await import(module)) as { readonly rows: readonly InsideRow[] }).rows;
}

/** What a row shows on one side. */
export async function observe(row: Row, side: Side): Promise<Observed> {
  if ('ask' in row) return row.ask(side);
  const { status, text } = await exchange(`${side.url}/row?rule=${encodeURIComponent(row.rule)}`);
  try {
    const answer = JSON.parse(text) as { readonly value?: Observed };
    return status === 200 && 'value' in answer ? answer.value : { status, ...answer };
  } catch {
    return { status, text };
  }
}
