/** The page that asks for a token. It stands before the lock, so it says nothing about the mesh. */
import { Frame } from './layout.tsx';

/** `problem` is what came of the last try; `''` before the first. */
export function LoginPage({ problem }: { readonly problem: string }) {
  return (
    <Frame title="Selvedge: log in" mesh="" refreshSeconds={0}>
      <form class="login" method="post" action="/login">
        <h1>Log in</h1>
        {problem === '' ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <label for="token">Token of control, or a JWT of an issuer that it trusts</label>
        <input id="token" name="token" type="password" autocomplete="off" required autofocus />
        <button type="submit">Log in</button>
      </form>
    </Frame>
  );
}
