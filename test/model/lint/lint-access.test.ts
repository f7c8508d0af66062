/** What lint says of access rules: whom they shut out, let in, or are for. */
import { describe, expect, test } from 'vitest';
import type { Topology } from '../../../src/core/configs/edge-config.ts';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const topology: Topology = {
  services: {
    orders: { workers: ['orders'], callers: [] },
    cart: { workers: ['cart'], callers: [] },
    payment: { workers: ['payment'], callers: ['orders', 'cart'] },
  },
};
const nowMs = Date.parse('2026-06-01T12:00:00Z');
const others =
  'service: orders\nversions: { v1: { worker: orders } }\n---\nservice: cart\nversions: { v1: { worker: cart } }';
const payment = (rest: string) => `service: payment\nversions: { v1: { worker: payment } }\n${rest}`;
const rules = (text: string, rest = '') => payment(`${rest}access: { rules: [${text}] }\n`);
const open = 'public: { hosts: [pay.example.com] }\n';
const mesh = (access: string) => `mesh: shop\ndefaults: { access: ${access} }\n---\n`;

/** `known: false`: nobody knows who binds whom. */
function lint(text: string, known = true) {
  const parsed = parseFile(`${text}\n---\n${others}`, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents, known ? topology : undefined, nowMs);
}

const line = ({ severity, code, file, path }: ReturnType<typeof lint>[number]) =>
  `${severity} ${code} ${file} ${path}`.trimEnd();

describe('lint of access', () => {
  test.each<{ name: string; text: string; found: readonly string[]; says?: string }>([
    { name: 'nothing to say', text: rules('{ action: allow, from: { principals: [declared] } }'), found: [] },
    {
      name: 'a public service that no rule covers, where the mesh has rules',
      text: `${payment(open)}---\nservice: stock\nversions: { v1: { worker: payment } }\naccess: { rules: [{ action: deny, to: { rpc: [x] } }] }`,
      found: ['warning SV0102 service/stock service', 'info SV0150 service/payment public'],
      says: 'everybody may call all of it',
    },
    {
      name: 'an empty section says that it is meant',
      text: `${mesh('{ mode: permissive }')}${payment(`${open}access: {}`)}`,
      found: [],
    },
    {
      name: 'a service that is misspelt, wherever it is named',
      text: rules(
        '{ action: allow, from: { services: [orders, cart, odrers] } }, { action: deny, when: [{ key: source.principal, values: [crat] }] }',
      ),
      found: [
        'warning SV0111 service/payment access.rules[0].from.services[2]',
        'warning SV0111 service/payment access.rules[1].when[0].values[0]',
        'warning SV0151 service/payment access.rules[1]',
      ],
      says: 'odrers is no service of this mesh; orders',
    },
    {
      name: 'an alias of the trust domain names our services too',
      text: `mesh: shop\ntrustDomain: shop.example\ntrustDomainAliases: [old.example]\n---\n${rules('{ action: deny, from: { principals: ["spiffe://old.example/svc/nobody", "spiffe://old.example/svc/cart"] }, to: { rpc: [x] } }')}`,
      found: ['warning SV0111 service/payment access.rules[0].from.principals[0]'],
    },
    {
      name: 'namespaces that nobody who can come has',
      text: rules('{ name: n, action: deny, from: { namespaces: [prod] }, to: { rpc: [x] } }'),
      found: ['warning SV0151 service/payment access.rules[0]'],
      says: 'no caller that this mesh knows of can match the rule n (namespace prod)',
    },
    {
      name: 'on a public service members of other meshes may have them',
      text: rules('{ action: deny, from: { namespaces: [prod] } }', open),
      found: ['info SV0153 service/payment access'],
    },
    {
      name: 'callers without an identity may come to a service that is not public yet',
      text: rules('{ action: deny, from: { notPrincipals: ["*"] }, to: { paths: [/x], rpc: [x] } }'),
      found: [],
    },
    {
      name: 'end users where no token is looked at',
      text: rules('{ action: deny, from: { requestPrincipals: ["*"] }, to: { rpc: [x] } }'),
      found: ['warning SV0133 service/payment access.rules[0].from.requestPrincipals'],
    },
    {
      name: 'declared callers whom the first allow rule shuts out',
      text: rules('{ action: allow, from: { principals: [orders] } }'),
      found: ['warning SV0152 service/payment access'],
      says: 'cart binds payment, and none of its calls passes: no allow rule matches; where there are allow rules, what matches none of them is refused; a rule that allows them, or dryRun: true',
    },
    {
      name: 'declared callers whom a deny rule shuts out',
      text: rules('{ name: shut, action: deny, from: { notPrincipals: [nobody-*] } }'),
      found: ['warning SV0152 service/payment access'],
      says: 'orders, cart bind payment, and none of their calls passes: denied by shut',
    },
    {
      name: 'defaults of the mesh that shut a service off',
      text: `${mesh('{ default: deny, rules: [{ action: allow, from: { principals: [web-job] } }] }')}${payment('')}`,
      found: [
        'warning SV0111 mesh defaults.access.rules[0].from.principals[0]',
        'warning SV0162 service/payment service',
        'warning SV0151 mesh defaults.access.rules[0]',
      ],
      says: "the mesh's defaults shut payment off from all who bind it",
    },
    {
      name: 'permissive with rules by caller: who is let in without an identity',
      text: rules('{ action: deny, from: { principals: [cart-*] }, to: { rpc: [x] } }', open),
      found: ['warning SV0151 service/payment access.rules[0]', 'info SV0153 service/payment access'],
      says: 'come to its rules and pass (all: no rule says otherwise); mode: strict once every caller proves who it is',
    },
    {
      name: 'strict lets nobody come to them',
      text: payment(
        `${open}access: { mode: strict, rules: [{ action: deny, from: { principals: [cart] }, to: { rpc: [x] } }] }`,
      ),
      found: ['info SV0165 service/payment access.mode'],
      says: 'from outside only services with a token of the mesh get in',
    },
    {
      name: 'a strict service that looks at client certificates has a way in',
      text: payment(`${open}authentication: { mtls: {} }\naccess: { mode: strict }`),
      found: [],
    },
    {
      name: 'dry-run rules that would refuse declared callers',
      text: rules('{ name: next, action: allow, dryRun: true, from: { principals: [orders] } }'),
      found: ['warning SV0154 service/payment access'],
      says: 'if next counted, calls would be refused of cart (all, then none)',
    },
    {
      name: 'a provider that nobody describes, and one of the mesh',
      text: `${mesh('{ providers: { opa: { url: "https://opa.example" } } }')}${rules('{ action: custom, provider: opa }, { action: custom, provider: opal }')}`,
      found: ['warning SV0155 service/payment access.rules[1].provider'],
      says: 'there is no provider opal, so every call that the rule matches is refused; one of opa',
    },
    {
      name: 'a deny by a header that RPC calls need not carry refuses them, unless operations say which',
      text: rules(
        '{ action: deny, when: [{ key: "request.headers[x-user]", values: [mallory] }] }, { action: deny, to: { paths: [/x], rpc: [x] }, when: [{ key: "request.headers[x-user]", values: [mallory] }] }',
      ),
      found: ['warning SV0113 service/payment access.rules[0].when[0].key'],
    },
    {
      name: 'providers that no rule names, of a service and of the mesh',
      text: `${mesh('{ providers: { opa: { url: "https://opa.example" }, idle: { url: "https://idle.example" } } }')}${rules('{ action: custom, provider: opa }').replace('rules', 'providers: { spare: { service: cart } }, rules')}`,
      found: [
        'warning SV0167 mesh defaults.access.providers.idle',
        'warning SV0167 service/payment access.providers.spare',
      ],
      says: 'no rule of action custom names spare, so it is never asked',
    },
    {
      name: 'a provider that is no service',
      text: rules('{ action: custom, provider: guard }', '').replace(
        'access: { ',
        'access: { providers: { guard: { service: ordres } }, ',
      ),
      found: ['warning SV0123 service/payment access.providers.guard.service'],
      says: 'ordres is no service of this mesh, so calls about which guard is asked are refused; orders',
    },
    {
      name: 'a rule of the mesh that asks an authoriser about itself',
      text: `${mesh('{ providers: { guard: { service: payment } }, rules: [{ name: all, action: custom, provider: guard }] }')}${payment('')}`,
      found: ['warning SV0163 service/payment service'],
      says: 'mesh/all asks the service itself: a question that the rule matches is never answered, and the call refused; `inherit: false`',
    },
    {
      name: 'the authoriser is an exception',
      text: `${mesh('{ providers: { guard: { service: payment } }, rules: [{ name: all, action: custom, provider: guard }] }')}${payment('access: { inherit: false }')}`,
      found: ['info SV0157 service/payment access.inherit'],
    },
    {
      name: 'authorisers that ask each other',
      text: `${rules('{ name: ask, action: custom, provider: cart }').replace('rules', 'providers: { cart: { service: shop } }, rules')}---\nservice: shop\nversions: { v1: { worker: payment } }\naccess: { providers: { payment: { service: payment } }, rules: [{ name: back, action: custom, provider: payment }] }`,
      found: [
        'warning SV0102 service/shop service',
        'warning SV0163 service/payment access.rules[0].provider',
        'warning SV0163 service/shop access.rules[0].provider',
      ],
      says: 'ask asks shop, which asks payment: a question that the rule matches is never answered',
    },
    {
      name: 'a secret for an authoriser, which documents are no place for',
      text: rules('{ action: custom, provider: opa }').replace(
        'access: { ',
        'access: { providers: { opa: { url: "https://opa.example", addHeaders: { X-Api-Key: s3, x-mesh: shop } } }, ',
      ),
      found: ['warning SV0166 service/payment access.providers.opa.addHeaders.X-Api-Key'],
      says: 'X-Api-Key looks like one',
    },
    {
      name: 'two rules of one name',
      text: rules('{ name: a, action: deny, to: { rpc: [x] } }, { name: a, action: deny, to: { rpc: [y] } }'),
      found: ['warning SV0164 service/payment access.rules[1].name'],
    },
    {
      name: 'declared beside names',
      text: rules('{ action: allow, from: { principals: [declared, cart, payment] } }'),
      found: [
        'warning SV0156 service/payment access.rules[0].from.principals[1]',
        'warning SV0156 service/payment access.rules[0].from.principals[2]',
      ],
      says: 'cart has a binding, so it is among the declared callers already',
    },
    {
      name: 'an exception',
      text: `${mesh('{ mode: strict, rules: [{ name: a, action: deny, to: { rpc: [x] } }] }')}${payment('access: { inherit: false }')}`,
      found: ['info SV0157 service/payment access.inherit'],
      says: 'payment is an exception: it leaves out mesh/a, mode: strict of the mesh document',
    },
    {
      name: 'a prefix that takes more than it seems to',
      text: rules('{ action: allow, from: [{ principals: ["o*", "cart-*"] }, { services: ["c*", "*"] }] }'),
      found: [
        'warning SV0158 service/payment access.rules[0].from[0].principals[0]',
        'warning SV0158 service/payment access.rules[0].from[1].services[0]',
      ],
      says: 'o* takes every service whose name begins with o (now orders), also one that somebody deploys as o-evil',
    },
    {
      name: 'addresses of a service that is not public',
      text: rules('{ action: deny, from: [{ ipBlocks: [10.0.0.0/8] }] }'),
      found: ['warning SV0159 service/payment access.rules[0]'],
    },
    {
      name: 'a time that is over, and one of two',
      text: rules(
        '{ action: allow, during: { until: "2026-01-01T00:00:00Z" } }, { action: allow, during: [{ until: "2026-01-01T00:00:00Z" }, { days: [Mon] }] }',
      ),
      found: [
        'warning SV0160 service/payment access.rules[0].during',
        'warning SV0160 service/payment access.rules[1].during[0]',
      ],
      says: 'still shuts out whom no other allow rule lets in',
    },
    {
      name: 'an audit rule that marks nothing',
      text: rules('{ name: watch, action: audit, from: { principals: [payment] } }'),
      found: ['warning SV0161 service/payment access.rules[0]'],
      says: 'none of those who bind payment can match the rule watch',
    },
    {
      name: 'a deny rule that names RPC methods to leave out does not widen',
      text: rules('{ action: deny, to: [{ paths: [/x], notRpc: [y] }, { ports: [8443] }] }'),
      found: ['warning SV0113 service/payment access.rules[0].to[1]'],
    },
  ])('$name', ({ text, found, says }) => {
    const issues = lint(text);
    expect(issues.map(line).sort()).toEqual([...found].sort());
    if (says !== undefined)
      expect(issues.map(({ message, expected }) => `${message}; ${expected}`)).toEqual(
        expect.arrayContaining([expect.stringContaining(says)]),
      );
  });

  test('says nothing about bindings where nobody knows them, and nothing by the matrix without an instant', () => {
    const text = rules('{ action: allow, from: { principals: [orders] } }');
    expect(lint(text, false)).toEqual([]);
    const parsed = parseFile(text, 'x.yaml');
    expect(parsed.ok && lintMesh(parsed.documents, topology).filter(({ code }) => code === 'SV0152')).toEqual([]);
  });
});
