/**
 * The vars that say who besides the holder of TOKEN may talk to control: OPERATORS (issuers of JWTs) and ACCESS (Cloudflare Access).
 * Each may be JSON or the text of JSON: so it can be a secret, which deployments leave alone.
 */
import * as v from 'valibot';
import { type PublicJwk, publicKeys } from '../../identity/tokens/jwks.ts';
import { schemaOf } from '../../model/findings/findings-of.ts';
import { absoluteUrl, printableText } from '../../model/schema/fields.ts';
import {
  anything,
  closed,
  type Form,
  list,
  needed,
  oneOf,
  oneOrMany,
  record,
  string,
  text,
  word,
} from '../../model/schema/form.ts';
import { roles } from './role.ts';
import type { RoleRule } from './role-of-claims.ts';

/** Whose tokens are believed, and what they make of those who show them. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Either of them. */
  readonly jwksUri?: string;
  readonly keys?: readonly PublicJwk[];
  readonly roles: readonly RoleRule[];
}

export interface OperatorConfig {
  readonly issuers: readonly TokenIssuer[];
  readonly access: TokenIssuer | undefined;
  /** What is wrong with the vars, for the log; `''` where nothing is. A var that is wrong admits nobody. */
  readonly problem: string;
}

const roleRules = list(
  closed({ role: needed(word(roles)), claims: record(printableText, oneOrMany(printableText, 64), 16) }),
  64,
  1,
);

const operatorsForm = closed({
  issuers: needed(
    list(
      closed(
        {
          issuer: needed(printableText),
          audiences: needed(list(printableText, 32, 1)),
          jwksUri: absoluteUrl,
          jwks: closed({ keys: needed(list(record(string, anything), 32, 1)) }),
          roles: needed(roleRules),
        },
        oneOf('jwksUri', 'jwks'),
      ),
      16,
      1,
    ),
  ),
});

const accessForm = closed({
  team: needed(text(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)),
  audience: needed(oneOrMany(printableText, 16)),
  roles: needed(roleRules),
});

/** Reads both vars; absent and empty ones admit nobody. */
export function readOperatorConfig(operators: unknown, access: unknown): OperatorConfig {
  const [issuers, team] = [readVar('OPERATORS', operators, operatorsForm), readVar('ACCESS', access, accessForm)];
  return {
    issuers: (issuers.value?.issuers ?? []).map(({ jwks, ...issuer }) =>
      jwks === undefined ? issuer : { ...issuer, keys: publicKeys(jwks) ?? [] },
    ),
    access: team.value === undefined ? undefined : accessIssuer(team.value),
    problem: [issuers.problem, team.problem].filter((one) => one !== '').join('; '),
  };
}

/** What Cloudflare says of the tokens that Access makes: who made them, and where the keys are. */
function accessIssuer({
  team,
  audience,
  roles: rules,
}: {
  team: string;
  audience: string | string[];
  roles: RoleRule[];
}): TokenIssuer {
  const issuer = `https://${team}.cloudflareaccess.com`;
  const audiences = typeof audience === 'string' ? [audience] : audience;
  return { issuer, audiences, jwksUri: `${issuer}/cdn-cgi/access/certs`, roles: rules };
}

function readVar<T>(name: string, given: unknown, form: Form<T>): { readonly value?: T; readonly problem: string } {
  if (given === undefined || given === '') return { problem: '' };
  const value = typeof given === 'string' ? parsed(given) : given;
  if (form.accepts(value)) return { value, problem: '' };
  const issue = v.safeParse(schemaOf(form), value).issues?.[0];
  const place = issue === undefined ? null : v.getDotPath(issue);
  const what = issue?.input === undefined ? 'nothing that could be read is there' : `expected ${issue.message}`;
  return { problem: `the var ${name} is malformed${place === null ? '' : ` at ${place}`}: ${what}` };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
