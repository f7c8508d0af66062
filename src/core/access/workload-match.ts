/** What is asked of the parts of a SPIFFE id: its trust domain, and the namespace and account in which Istio runs a workload. */
import { globPattern, type TextTest } from '../matching/text-match.ts';

const scheme = 'spiffe://';

/** Trust domains: `*` is any SPIFFE id, elsewhere `*` stands for any text of the name. A name of `own`, the mesh's names, stands for all of them. */
export function trustDomainMatcher(patterns: readonly string[], own: readonly string[]): TextTest {
  const named = patterns.some((pattern) => own.includes(pattern)) ? [...patterns, ...own] : patterns;
  const tests = named.map((pattern): TextTest => {
    if (pattern === '*') return (principal) => principal.startsWith(scheme);
    const fits = globPattern(pattern);
    return (principal) => {
      const end = principal.startsWith(scheme) ? principal.indexOf('/', scheme.length) : -1;
      return end >= 0 && fits(principal.slice(scheme.length, end));
    };
  });
  return (principal) => tests.some((holds) => holds(principal));
}

/** Namespaces, `*` for any text: somewhere in the id stands `/ns/<namespace>/`. */
export function namespaceMatcher(patterns: readonly string[]): TextTest {
  const tests = patterns.map((pattern) => globPattern(`*/ns/${pattern}/*`));
  return (principal) => tests.some((holds) => holds(principal));
}

/** Accounts as `<namespace>/<name>`: the whole id is `spiffe://.+/ns/<namespace>/(.+/|)sa/<name>(/.+)?`, Istio's expression. */
export function serviceAccountMatcher(accounts: readonly string[]): TextTest {
  const tests = accounts.map(accountTest);
  return (principal) => tests.some((holds) => holds(principal));
}

function accountTest(account: string): TextTest {
  const slash = account.indexOf('/');
  const namespace = `/ns/${account.slice(0, slash)}/`;
  const name = `sa/${account.slice(slash + 1)}`;
  return (principal) => {
    if (slash < 0 || !principal.startsWith(scheme)) return false;
    // The first one will do: what a later one would leave of the id is an ending of what the first leaves.
    const found = principal.indexOf(namespace, scheme.length + 1);
    const from = found + namespace.length;
    if (found < 0) return false;
    for (let at = principal.indexOf(name, from); at >= 0; at = principal.indexOf(name, at + 1)) {
      const begins = at === from || (at > from + 1 && principal[at - 1] === '/');
      const end = at + name.length;
      if (begins && (end === principal.length || (principal[end] === '/' && end + 1 < principal.length))) return true;
    }
    return false;
  };
}
