/** HTTPMatchRequest in the words of a match. One may become several, where the mesh has no words for alternatives. */
import type { ImportContext } from '../../context.ts';
import type { Match, ValueMatch } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { madeFrom } from '../../manifests/origin.ts';
import { entriesOf, field, type Layers } from './layers.ts';
import { fits, isUniversal, quoted, readStringMatch, type StringMatch } from './string-match.ts';

const matchFields = [
  'name',
  'uri',
  'scheme',
  'method',
  'authority',
  'headers',
  'withoutHeaders',
  'queryParams',
  'port',
  'sourceLabels',
  'sourceNamespace',
  'gateways',
  'ignoreUriCase',
  'statPrefix',
];

/** Where a match stands: what `sourceLabels` and `sourceNamespace` are about. */
export interface MatchScope {
  readonly context: ImportContext;
  readonly namespace: string;
}

/** The matches that hold for the same calls; `undefined` where a condition cannot be carried over, none where it can never hold. */
export function convertMatch(layers: Layers, scope: MatchScope): Match[] | undefined {
  return layers[0].report.whole(() => {
    for (const layer of layers) {
      layer.only(matchFields);
      layer.get('statPrefix').pointless('metrics go by the names of routes');
    }
    const draft = new MatchDraft();
    const caseless = field(layers, 'ignoreUriCase').flag() === true;
    const uri = field(layers, 'uri');
    if (uri.present) draft.path(readStringMatch(uri), uri, caseless);
    draft.scheme(readIfPresent(field(layers, 'scheme')));
    draft.method(readIfPresent(field(layers, 'method')));
    draft.authority(readIfPresent(field(layers, 'authority')), field(layers, 'authority'));
    for (const [name, value] of entriesOf(layers, 'headers')) draft.header(name, value);
    for (const [name, value] of entriesOf(layers, 'withoutHeaders')) draft.withoutHeader(name, value);
    for (const [name, value] of entriesOf(layers, 'queryParams')) draft.queryParam(name, value);
    const port = field(layers, 'port').number();
    if (port !== undefined) draft.match.ports = [port];
    convertSource(layers, scope, draft.match);
    const matches = draft.all();
    if (matches.length === 0) layers[0].pointless('no call can fit this match');
    return matches.map((match) => madeFrom(layers[0], match));
  });
}

function readIfPresent(where: Located): StringMatch | undefined {
  return where.present ? readStringMatch(where) : undefined;
}

type Mutable<T> = { -readonly [TKey in keyof T]: T[TKey] };

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

class MatchDraft {
  readonly match: Mutable<Match> = {};
  private readonly headers: ValueMatch[] = [];
  private readonly claims: ValueMatch[] = [];
  private readonly queryParams: ValueMatch[] = [];
  private methods: readonly string[] | undefined;
  private impossible = false;

  path(match: StringMatch | undefined, where: Located, caseless = false): void {
    if (match === undefined || match.type === 'present') return;
    const { type, value } = match;
    if (type === 'regex') {
      if (!isUniversal(match) && value !== '/.*') this.match.path = { type: 'RegularExpression', value };
    } else if (caseless) {
      this.match.path = { type: 'RegularExpression', value: `(?i)${quoted(value)}${type === 'prefix' ? '.*' : ''}` };
    } else if (type === 'exact') {
      if (!value.startsWith('/')) where.wrong('a path that begins with "/"');
      this.match.path = { type: 'Exact', value };
    } else if (value !== '/' && value !== '') {
      // A prefix of Istio is one of the text: `/api` holds for `/apis` too.
      this.match.path = { type: 'RegularExpression', value: `${quoted(value)}.*` };
    }
  }

  scheme(match: StringMatch | undefined): void {
    if (match === undefined) return;
    const schemes = (['http', 'https'] as const).filter((scheme) => fits(match, scheme));
    if (schemes.length === 0) this.impossible = true;
    else if (schemes.length === 1) this.match.scheme = schemes[0];
  }

  method(match: StringMatch | undefined): void {
    if (match === undefined || isUniversal(match)) return;
    this.methods = match.type === 'exact' ? [match.value] : methods.filter((method) => fits(match, method));
    this.impossible ||= this.methods.length === 0;
  }

  authority(match: StringMatch | undefined, where: Located): void {
    if (match === undefined || isUniversal(match) || match.type === 'present') return;
    const { type, value } = match;
    if (type === 'regex') {
      this.match.host = { type: 'RegularExpression', value };
      return;
    }
    const [host = '', port] = value.toLowerCase().split(':');
    if (type === 'prefix' && port !== undefined) where.refuse('the host is compared without its port');
    this.match.host = { ...(type === 'prefix' ? { type: 'Prefix' as const } : {}), value: host };
    if (type === 'exact' && port !== undefined) this.match.ports = [Number(port)];
  }

  header(name: string, where: Located): void {
    const match = readStringMatch(where);
    if (match === undefined || this.pseudo(name, match, where)) return;
    const claim = claimName(name);
    (claim === undefined ? this.headers : this.claims).push(valueMatch(claim ?? name, match));
  }

  /** Istio takes a missing header for an empty one, unless it asks for nothing but the header itself. */
  withoutHeader(name: string, where: Located): void {
    const match = readStringMatch(where);
    if (match === undefined) return;
    const claim = claimName(name);
    const target = claim === undefined ? this.headers : this.claims;
    const named = claim ?? name;
    if (name.startsWith(':')) where.refuse('a part of the request line is always there, and cannot be excluded');
    else if (match.type === 'present') target.push({ type: 'Absent', name: named });
    else if (!fits(match, '')) target.push({ ...valueMatch(named, match), invert: true });
    else if (isUniversal(match)) this.impossible = true;
    else if (match.type === 'exact') target.push({ type: 'RegularExpression', name: named, value: '(?s).+' });
    else where.refuse('the expression also fits the empty text, which stands for an absent header here');
  }

  queryParam(name: string, where: Located): void {
    const match = readStringMatch(where);
    if (match !== undefined) this.queryParams.push(valueMatch(name, match));
  }

  /** Parts of the request line that are named like headers. */
  private pseudo(name: string, match: StringMatch, where: Located): boolean {
    const key = name.toLowerCase();
    if (key === ':path') this.path(match, where);
    else if (key === ':method') this.method(match);
    else if (key === ':scheme') this.scheme(match);
    else if (key === ':authority' || key === 'host') this.authority(match, where);
    else if (['uri', 'scheme', 'method', 'authority'].includes(name))
      where.pointless('Istio ignores a header of this name');
    else if (key.startsWith(':')) where.refuse('there is no such part of a request');
    else return false;
    return true;
  }

  all(): Match[] {
    if (this.impossible) return [];
    const match: Match = {
      ...this.match,
      ...(this.headers.length === 0 ? {} : { headers: this.headers }),
      ...(this.claims.length === 0 ? {} : { claims: this.claims }),
      ...(this.queryParams.length === 0 ? {} : { queryParams: this.queryParams }),
    };
    return this.methods === undefined ? [match] : this.methods.map((method) => ({ ...match, method }));
  }
}

const typeWords = { exact: 'Exact', prefix: 'Prefix', regex: 'RegularExpression' } as const;

function valueMatch(name: string, match: StringMatch): ValueMatch {
  if (match.type === 'present' || isUniversal(match)) return { type: 'Present', name };
  const type = typeWords[match.type];
  return { ...(type === 'Exact' ? {} : { type }), name, value: match.value };
}

const claimPrefix = '@request.auth.claims';

/** `@request.auth.claims.realm.role` and `@request.auth.claims[realm][role]`. */
function claimName(header: string): string | undefined {
  if (!header.startsWith(claimPrefix)) return undefined;
  const rest = header.slice(claimPrefix.length);
  return rest.startsWith('.') ? rest.slice(1) : rest;
}

const appLabels = ['app', 'app.kubernetes.io/name', 'service.istio.io/canonical-name'];
const versionLabels = ['version', 'app.kubernetes.io/version', 'service.istio.io/canonical-revision'];

/** Who calls: labels say which service in which version. */
function convertSource(layers: Layers, { context, namespace }: MatchScope, match: Mutable<Match>): void {
  const where = field(layers, 'sourceNamespace');
  const from = where.text();
  let principals: string[] | undefined;
  let versions: string[] | undefined;
  for (const [label, value] of entriesOf(layers, 'sourceLabels')) {
    const text = value.text() ?? '';
    if (appLabels.includes(label)) principals = [context.names.of('service', from ?? namespace, text)];
    else if (versionLabels.includes(label)) versions = [text];
    else
      value.refuse('callers are told by their service and version', `a label ${appLabels[0]} or ${versionLabels[0]}`);
  }
  if (from !== undefined && principals === undefined) {
    principals = context.cluster.callersOf(from);
    if (principals.length === 0)
      where.refuse(
        `the input names no service of the namespace ${from}`,
        `its Services, or --namespace ${from}=NAME,NAME`,
      );
  }
  if (principals === undefined && versions === undefined) return;
  match.from = { ...(principals === undefined ? {} : { principals }), ...(versions === undefined ? {} : { versions }) };
}
