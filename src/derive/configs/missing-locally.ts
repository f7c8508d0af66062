/** What a Worker will not find in local development, in words: bindings that exist in an account only. */
import type { WranglerConfig } from './source-worker.ts';

/** Bindings that wrangler itself cannot imitate; what they are asked for locally fails. */
const accountOnly: readonly string[] = [
  'ai',
  'ai_search',
  'ai_search_namespaces',
  'artifacts',
  'dispatch_namespaces',
  'flagship',
  'media',
  'mtls_certificates',
  'vectorize',
  'vpc_networks',
  'vpc_services',
];

/** Bindings of which one may be marked `remote`, and then is the local one here. */
const imitated: readonly string[] = [
  'browser',
  'd1_databases',
  'images',
  'kv_namespaces',
  'pipelines',
  'queues',
  'r2_buckets',
  'send_email',
  'stream',
];

type Binding = { readonly binding?: string; readonly name?: string; readonly remote?: boolean };

/** One sentence for each kind of thing that is missing, without the Worker's name. */
export function missingLocally(config: WranglerConfig): string[] {
  const missing = accountOnly.flatMap((key) => bindingsOf(config, key).map((one) => `${nameOf(one)} (${key})`));
  const remote = imitated.flatMap((key) =>
    bindingsOf(config, key).flatMap((one) => (one.remote === true ? [`${nameOf(one)} (${key})`] : [])),
  );
  const { containers = [] } = config;
  return [
    ...(missing.length === 0
      ? []
      : [
          `bindings that exist only in an account are there in name only, and fail when they are used: ${missing.join(', ')}`,
        ]),
    ...(remote.length === 0 ? [] : [`bindings marked "remote" are local ones here: ${remote.join(', ')}`]),
    ...(containers.length === 0 ? [] : ['its containers are not started; its Durable Objects run without them']),
  ];
}

function bindingsOf(config: WranglerConfig, key: string): readonly Binding[] {
  const value = (config as unknown as Readonly<Record<string, unknown>>)[key];
  if (Array.isArray(value)) return value as Binding[];
  if (typeof value !== 'object' || value === null) return [];
  const { producers } = value as { readonly producers?: readonly Binding[] };
  return producers ?? [value as Binding];
}

function nameOf({ binding, name }: Binding): string {
  return binding ?? name ?? '?';
}
