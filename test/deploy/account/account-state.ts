/** What an account holds: Workers with versions and deployments, routes, domains, zones, KV and the other things that bindings name. */
import { randomBytes, randomUUID } from 'node:crypto';

/** One entry of an upload's `metadata.bindings`, as it was sent. */
export interface UploadedBinding {
  readonly name: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface MigrationSteps {
  readonly old_tag?: string;
  readonly new_tag?: string;
  readonly steps?: readonly MigrationStep[];
}

export interface MigrationStep {
  readonly new_classes?: readonly string[];
  readonly new_sqlite_classes?: readonly string[];
  readonly deleted_classes?: readonly string[];
  readonly renamed_classes?: readonly { readonly from: string; readonly to: string }[];
  readonly transferred_classes?: readonly {
    readonly from: string;
    readonly from_script: string;
    readonly to: string;
  }[];
}

/** The `metadata` part of an upload, as it was sent; keys that are not named here are kept too. */
export interface UploadMetadata {
  readonly main_module?: string;
  readonly body_part?: string;
  readonly bindings?: readonly UploadedBinding[];
  readonly compatibility_date?: string;
  readonly compatibility_flags?: readonly string[];
  readonly migrations?: MigrationSteps;
  readonly keep_bindings?: readonly string[];
  readonly keep_assets?: boolean;
  readonly assets?: { readonly jwt?: string; readonly config?: Readonly<Record<string, unknown>> };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly logpush?: boolean;
  readonly observability?: unknown;
  readonly placement?: unknown;
  readonly tail_consumers?: readonly { readonly service: string }[];
  readonly [key: string]: unknown;
}

export interface UploadedModule {
  readonly name: string;
  /** MIME type: `application/javascript+module`, `text/plain`, `application/wasm` and so on. */
  readonly type: string;
  readonly contents: Buffer;
}

export interface DeployedAssets {
  /** `path -> hash`, as the manifest of the upload session said. */
  readonly manifest: Readonly<Record<string, { readonly hash: string; readonly size: number }>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Version {
  readonly id: string;
  readonly number: number;
  readonly createdOn: string;
  readonly source: string;
  readonly trigger: string;
  readonly metadata: UploadMetadata;
  readonly modules: readonly UploadedModule[];
  readonly sourceMaps: readonly UploadedModule[];
  /** The bindings in force: those of the upload, with the inherited and kept ones and the secrets filled in. */
  readonly bindings: readonly UploadedBinding[];
  readonly assets: DeployedAssets | undefined;
  /** Names that the main module exports; undefined where nobody can know (another language, service-worker syntax). */
  readonly exports: readonly string[] | undefined;
}

export interface Deployment {
  readonly id: string;
  readonly createdOn: string;
  readonly source: string;
  readonly message: string | undefined;
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
}

/** A Worker. What a test mostly asks is of the deployed version: that with the greatest share of the newest deployment. */
export class Script {
  readonly name: string;
  readonly tag = randomBytes(16).toString('hex');
  readonly createdOn = new Date().toISOString();
  modifiedOn = this.createdOn;
  lastDeployedFrom = 'api';
  tags: readonly string[] = [];
  logpush = false;
  observability: unknown;
  tailConsumers: readonly { readonly service: string }[] = [];
  migrationTag: string | undefined;
  /** Durable Object classes that migrations have brought into being. */
  classes: Readonly<Record<string, { readonly sqlite: boolean; readonly namespaceId: string }>> = {};
  /** How often code was uploaded; a change of a secret is a version but no upload. */
  uploads = 0;
  subdomain = { enabled: false, previews_enabled: false };
  schedules: readonly string[] = [];
  /** Oldest first. */
  readonly versions: Version[] = [];
  /** Newest first. */
  readonly deployments: Deployment[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get latest(): Version {
    return this.versions.at(-1) as Version;
  }

  get deployed(): Version {
    const [first, ...others] = this.deployments[0]?.versions ?? [];
    const main = others.reduce((best, next) => (best && best.percentage >= next.percentage ? best : next), first);
    return this.versions.find(({ id }) => id === main?.version_id) ?? this.latest;
  }

  get metadata(): UploadMetadata {
    return this.deployed.metadata;
  }

  get modules(): readonly UploadedModule[] {
    return this.deployed.modules;
  }

  get bindings(): readonly UploadedBinding[] {
    return this.deployed.bindings;
  }

  get assets(): DeployedAssets | undefined {
    return this.deployed.assets;
  }

  get secrets(): Readonly<Record<string, string>> {
    const secrets = this.deployed.bindings.filter(({ type }) => type === 'secret_text');
    return Object.fromEntries(secrets.map(({ name, text }) => [name, String(text)]));
  }
}

export interface Zone {
  readonly id: string;
  readonly name: string;
  /** Host names of the zone that have DNS records of their own, which a custom domain may not silently replace. */
  readonly dns: readonly string[];
}

export interface ZoneRoute {
  readonly id: string;
  readonly zoneId: string;
  readonly pattern: string;
  /** None: requests that match go past all Workers. */
  readonly script: string | undefined;
}

export interface CustomDomain {
  readonly id: string;
  readonly hostname: string;
  readonly zoneId: string;
  readonly service: string;
}

export interface KvEntry {
  readonly value: Buffer;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

export interface KvNamespace {
  readonly id: string;
  title: string;
  readonly entries: Map<string, KvEntry>;
}

export interface Queue {
  readonly id: string;
  readonly name: string;
  consumers: readonly { readonly id: string; readonly script: string; readonly settings: QueueSettings }[];
}

export interface QueueSettings {
  readonly batch_size?: number;
  readonly max_retries?: number;
  readonly max_wait_time_ms?: number;
}

export interface AssetSession {
  readonly script: string;
  readonly manifest: DeployedAssets['manifest'];
}

export interface AccountState {
  readonly accountId: string;
  /** `null` where the account has no workers.dev subdomain yet. */
  subdomain: string | null;
  readonly scripts: Record<string, Script>;
  routes: ZoneRoute[];
  domains: CustomDomain[];
  readonly zones: Zone[];
  /** By id. */
  readonly kv: Record<string, KvNamespace>;
  readonly queues: Queue[];
  readonly buckets: string[];
  readonly databases: { readonly uuid: string; readonly name: string }[];
  readonly workflows: Record<string, { readonly script_name: string; readonly class_name: string }>;
  /** Contents of static assets by hash, shared by all Workers. */
  readonly assetFiles: Map<string, { readonly contents: Buffer; readonly contentType: string | undefined }>;
  readonly assetSessions: Map<string, AssetSession>;
  /** False: the token may not edit routes of all zones at once, and wrangler goes zone by zone. */
  readonly allZones: boolean;
  /** Grows with every change, so that who runs the account sees that there is something new. */
  revision: number;
}

/** What a test may say about the account before anything is deployed to it. */
export interface AccountOptions {
  /** Zone names, or zones with host names that have DNS records; default `example.com`. */
  readonly zones?: readonly (string | { readonly name: string; readonly dns: readonly string[] })[];
  /** KV namespaces that exist, `title -> values`. */
  readonly kv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Default `tester`; null where none is registered. */
  readonly subdomain?: string | null;
  readonly queues?: readonly string[];
  readonly buckets?: readonly string[];
  readonly databases?: readonly string[];
  /** Default true. */
  readonly allZones?: boolean;
}

export function newId(): string {
  return randomBytes(16).toString('hex');
}

export function newState(options: AccountOptions): AccountState {
  const namespaces = Object.entries(options.kv ?? {}).map(([title, values]): [string, KvNamespace] => {
    const id = newId();
    const entries = Object.entries(values).map(([key, value]): [string, KvEntry] => [
      key,
      { value: Buffer.from(value) },
    ]);
    return [id, { id, title, entries: new Map(entries) }];
  });
  return {
    accountId: newId(),
    subdomain: options.subdomain === undefined ? 'tester' : options.subdomain,
    scripts: {},
    routes: [],
    domains: [],
    zones: (options.zones ?? ['example.com']).map((zone) =>
      typeof zone === 'string' ? { id: newId(), name: zone, dns: [] } : { id: newId(), ...zone },
    ),
    kv: Object.fromEntries(namespaces),
    queues: (options.queues ?? []).map((name) => ({ id: newId(), name, consumers: [] })),
    buckets: [...(options.buckets ?? [])],
    databases: (options.databases ?? []).map((name) => ({ uuid: randomUUID(), name })),
    workflows: {},
    assetFiles: new Map(),
    assetSessions: new Map(),
    allZones: options.allZones ?? true,
    revision: 0,
  };
}
