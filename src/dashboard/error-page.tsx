/** A page that says in one sentence why there is nothing to show. */
import { Frame } from './layout.tsx';

export function ErrorPage({ mesh, message }: { readonly mesh: string; readonly message: string }) {
  return (
    <Frame title="Selvedge" mesh={mesh} refreshSeconds={0}>
      <p class="back">
        <a href="/">← all traces</a>
      </p>
      <p class="empty">{message}</p>
    </Frame>
  );
}
