/** The documents that `selvedge init` writes, as texts that people go on to edit. */
import type { PublicRoutes } from '../../derive/plan/public-routes.ts';

export interface NewService {
  readonly service: string;
  /** The Worker of its only version. */
  readonly worker: string;
  readonly routes: PublicRoutes;
  /** Whether any Worker binds it. */
  readonly bound: boolean;
}

/** Who may call beside the Workers that bind the service. */
export type Outsiders = 'public' | 'local-front';

/**
 * The public may call where the config makes the Worker public on purpose: by routes, by `workers_dev = true`, or by its workers.dev
 * address where no Worker binds it, so that it can only be there for the outside. A Worker that others bind and that is public only
 * because its config does not say otherwise is not meant to be; the mesh takes its address away, and `dev` shows it all the same.
 */
export function outsidersOf({ routes, bound }: Pick<NewService, 'routes' | 'bound'>): Outsiders {
  if (routes.patterns.length > 0 || routes.workersDev === 'asked') return 'public';
  return routes.workersDev === 'default' && !bound ? 'public' : 'local-front';
}

/** Least privilege without a change of behaviour: whoever binds the Worker, and outsiders as its config lets them in. */
export function serviceText(service: NewService): string {
  const { routes, worker } = service;
  const outsiders =
    outsidersOf(service) === 'public'
      ? [
          '    # The public: callers without an identity. On Cloudflare the edge lets them in by the hosts of `public` only.',
          '    - { name: public, action: allow, from: { notPrincipals: ["*"] } }',
        ]
      : [
          '    # The local host names of `selvedge dev`. On Cloudflare nothing comes by them: the service is not public.',
          '    - name: local-front',
          '      action: allow',
          '      from: { notPrincipals: ["*"] }',
          '      to: { hosts: [localhost, "*.localhost", 127.0.0.1] }',
        ];
  return [
    '# Written by `selvedge init`, which never changes a file that is there: from here on it is yours.',
    `service: ${scalar(service.service)}`,
    ...publicLines(routes, outsidersOf(service)),
    'versions:',
    `  v1: { worker: ${scalar(worker)} }`,
    'routes:',
    '  - name: default',
    '    backends: [{ version: v1 }]',
    'access:',
    '  rules:',
    '    # Every Worker whose config binds this one, and no other.',
    '    - { name: callers, action: allow, from: { principals: [declared] } }',
    ...outsiders,
    '# No rule looks at paths, so that targets of requests go on as they came, byte for byte.',
    'normalization: none',
    '',
  ].join('\n');
}

/** After deployment the public comes as before: by its edge where an edge can hold the address, by the Worker where none can. */
function publicLines(routes: PublicRoutes, outsiders: Outsiders): string[] {
  const { hosts, patterns, wild } = routes;
  const kept =
    wild.length > 0
      ? `Its route ${wild[0]} covers hosts that no list can name, so its routes stay with the Worker, and calls that come by them`
      : 'No edge can hold its workers.dev address, so that stays with the Worker, and calls that come by it';
  const stays = wild.length > 0 || (outsiders === 'public' && patterns.length === 0);
  const lines = [
    ...(hosts.length === 0 ? [] : [`  hosts: [${hosts.map(scalar).join(', ')}]`]),
    ...(stays
      ? [
          `  # ${kept}`,
          '  # pass no edge. Once it has a host of its own, list that in `hosts` and take this line away.',
          '  via: worker',
        ]
      : []),
  ];
  return lines.length === 0 ? [] : ['public:', ...lines];
}

export function meshText(trustDomain: string): string {
  return [
    '# What all services of the mesh share. Written by `selvedge init`; from here on it is yours.',
    `trustDomain: ${scalar(trustDomain)}`,
    '',
  ].join('\n');
}

/** Names that YAML would read as something else than text are quoted. */
function scalar(text: string): string {
  const plain = /^[a-z][a-z0-9._-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(text);
  return plain ? text : JSON.stringify(text);
}
