/** External authorisers (`extensionProviders` of Istio's configuration), asked for by policies of action CUSTOM. */
import type { AccessDraft } from '../../documents/access-draft.ts';
import type { AccessProvider } from '../../documents/document-types.ts';
import { givenName } from '../../documents/draft.ts';
import { isLoss } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import { serviceOf } from '../destinations/hosts.ts';
import { readDuration } from '../durations.ts';
import type { IstioInput } from '../istio-input.ts';

export class Providers {
  constructor(
    private readonly input: IstioInput,
    private readonly known: ReadonlyMap<string, Located>,
  ) {}

  /** Declares a provider in a document; answers its name there, or `undefined` where it cannot be asked, which is told. */
  use(where: Located, access: AccessDraft): string | undefined {
    const name = where.text();
    const declared = name === undefined ? undefined : this.known.get(name);
    if (name === undefined || declared === undefined) {
      where.opens('who decides for this policy is not in the input', 'extensionProviders of a MeshConfig');
      return undefined;
    }
    const { value, found } = declared.report.during(() => this.read(declared));
    if (value === undefined || found.some(isLoss)) {
      where.opens(`the provider ${name} cannot be carried over`);
      return undefined;
    }
    access.providers.set(givenName(name), { value, origin: declared });
    return givenName(name);
  }

  private read(provider: Located): AccessProvider | undefined {
    provider.only(['name', 'envoyExtAuthzHttp'], {
      envoyExtAuthzGrpc: 'external authorisers are asked by HTTP: envoyExtAuthzHttp',
    });
    const http = provider.get('envoyExtAuthzHttp');
    if (!http.present) {
      provider.wrong('envoyExtAuthzHttp');
      return undefined;
    }
    http.only([...fields, 'clearRouteCache'], refused);
    http.get('clearRouteCache').pointless('the route is found before anybody is asked');
    const place = this.placeOf(http);
    const timeout = readDuration(http.get('timeout'));
    const pathPrefix = http.get('pathPrefix').text();
    const failOpen = http.get('failOpen').flag();
    const status = http.get('statusOnError').text();
    const added = http.get('includeAdditionalHeadersInCheck').texts();
    const asked = [
      ...headerNames(http.get('includeRequestHeadersInCheck')),
      ...headerNames(http.get('includeHeadersInCheck')),
    ];
    const upstream = headerNames(http.get('headersToUpstreamOnAllow'));
    const downstream = headerNames(http.get('headersToDownstreamOnDeny'));
    return {
      ...place,
      ...(pathPrefix ? { pathPrefix } : {}),
      ...(timeout === undefined ? {} : { timeout }),
      ...(failOpen === undefined ? {} : { failOpen }),
      ...(status ? { statusOnError: Number(status) } : {}),
      ...(asked.length === 0 ? {} : { requestHeaders: asked }),
      ...(Object.keys(added).length === 0 ? {} : { addHeaders: added }),
      ...(upstream.length === 0 ? {} : { upstreamHeaders: upstream }),
      ...(downstream.length === 0 ? {} : { downstreamHeaders: downstream }),
    };
  }

  /** A service of the mesh is asked through its edge; any other host by its URL. */
  private placeOf(http: Located): Pick<AccessProvider, 'service' | 'url'> {
    const where = http.get('service');
    const text = where.text() ?? '';
    const port = http.get('port').number();
    if (text === '') where.wrong('a host, or NAMESPACE/HOST');
    const [namespace, host] = text.includes('/') ? text.split('/') : ['', text];
    const found = this.input.hosts.resolve(host ?? '', namespace ?? '');
    if (found.kind === 'service') return { service: serviceOf(found, this.input.context) };
    if (found.kind === 'wildcard') where.wrong('a host that can be called');
    return {
      url: `${port === 443 ? 'https' : 'http'}://${host}${port === undefined || port === 443 || port === 80 ? '' : `:${port}`}`,
    };
  }
}

const fields = [
  'service',
  'port',
  'timeout',
  'pathPrefix',
  'failOpen',
  'statusOnError',
  'includeRequestHeadersInCheck',
  'includeHeadersInCheck',
  'includeAdditionalHeadersInCheck',
  'headersToUpstreamOnAllow',
  'headersToDownstreamOnDeny',
];

const refused: Readonly<Record<string, string>> = {
  includeRequestBodyInCheck: 'the question is asked without the body of the call',
  headersToDownstreamOnAllow: 'a verdict that allows adds no headers to the response',
};

/** Names of headers; documents have no patterns of them. */
function headerNames(list: Located): string[] {
  return list.items().flatMap((item) => {
    const name = item.text()?.toLowerCase() ?? '';
    if (name.includes('*')) item.refuse('headers are listed by their names');
    return name === '' || name === 'authorization' ? [] : [name];
  });
}
