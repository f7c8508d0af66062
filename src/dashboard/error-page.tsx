/** A page that says in one sentence why there is nothing to show. */
import type { Operator } from '../control/lock/operator.ts';
import { Frame } from './layout.tsx';

export interface ErrorPageProps {
  readonly mesh: string;
  readonly operator: Operator;
  readonly message: string;
}

export function ErrorPage({ mesh, operator, message }: ErrorPageProps) {
  return (
    <Frame title="Selvedge" mesh={mesh} refreshSeconds={0} operator={operator}>
      <p class="back">
        <a href="/">← all traces</a>
      </p>
      <p class="empty">{message}</p>
    </Frame>
  );
}
