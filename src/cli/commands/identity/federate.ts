/** `selvedge identity federate`: other trust domains whose certificates and tokens are believed. */
import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import type { FederationState } from '../../../identity/operators/operator.ts';
import { CliFailure, exitCode, usageFailure } from '../../failure.ts';
import { connectOperator, type IdentityClient, identityArgs } from '../../identity/find-identity.ts';
import { paint, print, printJson, span, table } from '../../output.ts';

export const federateCommand = defineCommand({
  meta: { name: 'federate', description: 'Believe another trust domain by its bundle; without a name, list them' },
  args: {
    domain: { type: 'positional', required: false, description: 'The other trust domain' },
    'bundle-url': {
      type: 'string',
      description: 'Its bundle endpoint (https), asked again and again',
      valueHint: 'url',
    },
    bundle: { type: 'string', description: 'A file with its bundle in JSON', valueHint: 'file' },
    force: { type: 'boolean', description: 'Take a bundle with a lower sequence than the one before' },
    remove: { type: 'boolean', description: 'Believe it no more' },
    ...identityArgs,
  },
  async run({ args }) {
    const { domain } = args;
    const changes = args.remove || args.force || args.bundle !== undefined || args['bundle-url'] !== undefined;
    if (domain === undefined && changes) throw usageFailure('name the trust domain that this is about');
    const identity = await connectOperator(args);
    if (domain === undefined) return list(identity, args.json);
    if (args.remove) return remove(identity, domain, args.json);
    const bundle = args.bundle === undefined ? undefined : await readBundleFile(args.bundle);
    const wanted = { trustDomain: domain, bundleUrl: args['bundle-url'], bundle, force: args.force === true };
    const state = await identity.send<FederationState>('POST', '/v1/federation', wanted);
    if (args.json) return printJson(state);
    print(`${paint('bold', domain)} is believed: ${state.roots} X.509 authorities, ${state.jwtKeys} JWT keys.`);
  },
});

async function list(identity: IdentityClient, json: boolean | undefined): Promise<void> {
  const { federations } = await identity.get<{ federations: FederationState[] }>('/v1/federation');
  if (json) return printJson({ federations });
  if (federations.length === 0) return print('No other trust domain is believed.');
  const rows = federations.map((one) => [
    one.trustDomain,
    String(one.sequence ?? ''),
    one.refreshedAtMs === undefined ? '' : `${span(Date.now() - one.refreshedAtMs)} ago`,
    one.bundleUrl ?? 'given by hand',
    one.problem === undefined ? '' : paint('red', one.problem),
  ]);
  print(table(['TRUST DOMAIN', 'SEQUENCE', 'REFRESHED', 'FROM', ''], rows));
}

async function remove(identity: IdentityClient, domain: string, json: boolean | undefined): Promise<void> {
  const path = `/v1/federation?trustDomain=${encodeURIComponent(domain)}`;
  const { removed } = await identity.send<{ removed: boolean }>('DELETE', path);
  if (!removed) throw new CliFailure('not_found', `there is no federation with ${domain}`, exitCode.findings);
  if (json) printJson({ removed });
  else print(`${domain} is believed no more.`);
}

async function readBundleFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw usageFailure(`${path} holds no bundle in JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
