/** The frame of every page. All styling and scripting comes from two files of our own, so the policy allows nothing inline. */
import type { Child } from 'hono/jsx';
import type { Operator } from '../control/lock/operator.ts';
import { covers } from '../control/lock/role.ts';

/** Nothing from elsewhere, nothing inline, no frames: what a page shows comes from callers, who are not trusted. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A woven corner: two threads of warp, two of weft. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M4 1v14M10 1v14' stroke='%230f766e' stroke-width='2.4'/%3E%3Cpath d='M1 5h14M1 11h14' stroke='%23d97706' stroke-width='2.4' stroke-dasharray='5 3'/%3E%3C/svg%3E";

export interface FrameProps {
  readonly title: string;
  /** The mesh's name, shown beside ours. */
  readonly mesh: string;
  /** Seconds after which the page's main part is fetched anew; 0 is never. */
  readonly refreshSeconds: number;
  /** Who looks; undefined before anybody has logged in. */
  readonly operator?: Operator;
  readonly children?: Child;
}

/** Who is logged in, as what, and the way out: that of Cloudflare Access where it let him in. */
function Who({ operator }: { operator: Operator }) {
  return (
    <span class="who">
      {covers(operator.role, 'operator') ? <a href="/audit">Audit log</a> : null}
      <span title={`known by ${operator.by}`}>
        {operator.principal} <span class="pill">{operator.role}</span>
      </span>
      {operator.by === 'access' ? (
        <a href="/cdn-cgi/access/logout">Log out</a>
      ) : (
        <form method="post" action="/logout">
          <button type="submit">Log out</button>
        </form>
      )}
    </span>
  );
}

export function Frame({ title, mesh, refreshSeconds, operator, children }: FrameProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href={icon} />
        <link rel="stylesheet" href={operator === undefined ? '/login.css' : '/dashboard.css'} />
        {operator === undefined ? null : <script src="/dashboard.js" defer />}
      </head>
      <body>
        <header class="top">
          <a class="mark" href="/">
            <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
              <path class="warp" d="M4 1v14M10 1v14" />
              <path class="weft" d="M1 5h14M1 11h14" />
            </svg>
            Selvedge
          </a>
          <span class="mesh">{mesh}</span>
          {operator === undefined ? null : (
            <nav class="pages" aria-label="Pages">
              <a href="/">Services</a>
              <a href="/access">Access</a>
            </nav>
          )}
          <span class="live" id="live" data-refresh={String(refreshSeconds)} role="status" />
          {operator === undefined ? null : <Who operator={operator} />}
        </header>
        <main id="main">{children}</main>
      </body>
    </html>
  );
}
