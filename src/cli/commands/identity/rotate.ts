/** `selvedge identity rotate`: another key, as soon as that breaks no verification. */
import { defineCommand } from 'citty';
import type { KeyStates } from '../../../identity/operators/operator.ts';
import { usageFailure } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { print, printJson } from '../../output.ts';

const kinds = ['jwt', 'intermediate', 'root'] as const;

export const rotateCommand = defineCommand({
  meta: { name: 'rotate', description: 'Let another key sign as soon as every copy of the public keys knows it' },
  args: {
    key: { type: 'positional', required: true, description: 'jwt, intermediate or root' },
    ...identityArgs,
  },
  async run({ args }) {
    const kind = kinds.find((name) => name === args.key);
    if (kind === undefined) throw usageFailure(`"${args.key}" is no key; there are ${kinds.join(', ')}`);
    const states = await (await connectOperator(args)).send<KeyStates>('POST', '/v1/rotate', { key: kind });
    if (args.json) return printJson(states);
    const ring = { jwt: states.keys, intermediate: states.intermediates, root: states.roots }[kind];
    const active = ring.find(({ state }) => state === 'active');
    print(`${kind}: ${active?.kid ?? 'none'} signs.`);
    if (kind !== 'intermediate') {
      print('The next one takes over when it has been published for as long as copies of the public keys may be old.');
    }
  },
});
