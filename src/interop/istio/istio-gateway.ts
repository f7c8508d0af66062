/** Istio's Gateways: servers become listeners, and VirtualServices that are bound to them become routes. */
import type { Listener } from '../documents/document-types.ts';
import { Draft, givenName, uniqueNames } from '../documents/draft.ts';
import { withNeededPorts } from '../documents/listeners.ts';
import { importCode } from '../import-issue.ts';
import type { Located } from '../manifests/located.ts';
import type { Manifest } from '../manifests/manifest.ts';
import type { IstioInput } from './istio-input.ts';

/** A listener, and whose VirtualServices it takes. */
export interface GatewayServer {
  readonly listener: Listener;
  /** Undefined: those of every namespace. */
  readonly namespace: string | undefined;
}

export interface GatewayDraft {
  readonly draft: Draft;
  readonly servers: readonly GatewayServer[];
}

/** Reads a Gateway; `undefined` where none of its servers is one of HTTP. */
export function importIstioGateway(gateway: Manifest, input: IstioInput): GatewayDraft | undefined {
  const { context } = input;
  const service = context.names.of('gateway', gateway.namespace, gateway.name);
  if (context.drafts.has(service)) {
    gateway.root.tell('error', importCode.conflict, `another gateway is named ${gateway.name} too`, '', false);
    return undefined;
  }
  const draft = new Draft(service, gateway.root);
  const { value: servers, found } = context.report.during(() => readServers(gateway));
  draft.remark(found);
  if (servers.length === 0) return undefined;
  draft.listen(withNeededPorts(servers.map(({ listener }) => listener)));
  context.drafts.set(service, draft);
  return { draft, servers };
}

function readServers({ root, spec, namespace }: Manifest): GatewayServer[] {
  root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  // The selector says which proxies are the gateway. Here it is an edge of its own.
  spec.only(['selector', 'servers']);
  const servers = spec
    .get('servers')
    .items()
    .flatMap((item, index) => serversOf(item, index, namespace));
  const names = uniqueNames(servers.map(({ listener }) => listener.name));
  return servers.map((server, index) => ({
    ...server,
    listener: { ...server.listener, name: names[index] as string },
  }));
}

const protocols: Readonly<Record<string, 'HTTP' | 'HTTPS'>> = {
  HTTP: 'HTTP',
  HTTP2: 'HTTP',
  GRPC: 'HTTP',
  'GRPC-WEB': 'HTTP',
  HTTPS: 'HTTPS',
};

function serversOf(item: Located, index: number, namespace: string): GatewayServer[] {
  item.only(['port', 'hosts', 'tls', 'name'], {
    bind: 'a Worker is bound to its routes and domains',
    defaultEndpoint: 'calls that no route takes get a 404',
  });
  const port = item.get('port').only(['number', 'protocol', 'name', 'targetPort']);
  port.get('targetPort').pointless('a Worker has no ports of its own');
  const number = port.get('number').number();
  const word = port.get('protocol').text()?.toUpperCase() ?? '';
  const protocol = protocols[word];
  if (number === undefined || protocol === undefined) {
    port.get('protocol').refuse(`a Worker is called by HTTP and HTTPS, and not by ${word || 'an unknown protocol'}`);
    return [];
  }
  const httpsRedirect = readTls(item.get('tls'));
  const name = givenName(item.get('name').text() || port.get('name').text() || `server-${index}`);
  return item
    .get('hosts')
    .items()
    .flatMap((where): GatewayServer[] => {
      const [its, host] = hostOf(where.text() ?? '', namespace);
      if (host === undefined) {
        where.wrong('a host, or NAMESPACE/HOST');
        return [];
      }
      const hostname = host === '*' ? {} : { hostname: host };
      return [
        {
          listener: { name, ...hostname, port: number, protocol, ...(httpsRedirect ? { httpsRedirect } : {}) },
          namespace: its,
        },
      ];
    });
}

/** `ns/host`, `./host` (the gateway's own namespace), `*` and a host, or a host for all namespaces. */
function hostOf(text: string, own: string): readonly [namespace: string | undefined, host: string | undefined] {
  const [first = '', second] = text.toLowerCase().split('/');
  if (second === undefined) return [undefined, first === '' ? undefined : first];
  return [first === '*' ? undefined : first === '.' ? own : first, second === '' ? undefined : second];
}

/** Certificates lie with Cloudflare; whether clients show some is configured there, and who holds them in authentication.mtls. */
function readTls(tls: Located): boolean {
  if (!tls.present) return false;
  const pointless = [
    'credentialName',
    'credentialNames',
    'serverCertificate',
    'privateKey',
    'minProtocolVersion',
    'maxProtocolVersion',
    'cipherSuites',
    'ecdhCurves',
    'tlsCertificates',
  ];
  tls.only(['httpsRedirect', 'mode', ...pointless], {
    caCertificates: 'client certificates are configured in Cloudflare, and who holds them in authentication.mtls',
    caCertCredentialName: 'client certificates are configured in Cloudflare, and who holds them in authentication.mtls',
    caCrl: 'client certificates are configured in Cloudflare, and who holds them in authentication.mtls',
    subjectAltNames: 'client certificates are configured in Cloudflare, and who holds them in authentication.mtls',
    verifyCertificateSpki: 'who holds a client certificate is told by authentication.mtls',
    verifyCertificateHash: 'who holds a client certificate is told by authentication.mtls',
  });
  for (const name of pointless)
    tls.get(name).pointless('TLS of a host is configured in Cloudflare, which keeps its certificates');
  const mode = tls.get('mode');
  const word = mode.text();
  if (word === 'SIMPLE' || word === 'ISTIO_MUTUAL') mode.pointless('TLS of a Worker ends at Cloudflare');
  else if (word !== undefined) mode.refuse(`TLS of a Worker ends at Cloudflare, and not in mode ${word}`, 'SIMPLE');
  return tls.get('httpsRedirect').flag() === true;
}
