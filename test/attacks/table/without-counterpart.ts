/**
 * Published weaknesses of Envoy and Istio that nothing here corresponds to, each with the reason. Those that have a counterpart are the
 * sources of rows. What is a fact about Envoy or Istio is from the advisories of those projects.
 */

export interface WithoutCounterpart {
  readonly ids: readonly string[];
  /** What was wrong there. */
  readonly there: string;
  /** Why it has no counterpart. */
  readonly here: string;
}

const http2 = 'HTTP/2 and HTTP/3 end before any Worker, at the platform.';
const memory = 'An edge is JavaScript in an isolate: it frees no memory by hand and holds no buffer of its own.';
const noFilter = 'There is no such filter.';

export const withoutCounterpart: readonly WithoutCounterpart[] = [
  {
    ids: ['CVE-2020-15104'],
    there: 'A wildcard of a certificate matched several labels.',
    here: "TLS to URLs is the platform's, which checks names; no document switches that off.",
  },
  {
    ids: ['CVE-2021-31921'],
    there: 'A gateway passed traffic on by SNI to services that were not public.',
    here: 'The public door asks the document of the service for its hosts; there is no pass-through.',
  },
  {
    ids: [
      'CVE-2021-32778',
      'CVE-2021-32780',
      'CVE-2023-35945',
      'CVE-2023-44487',
      'CVE-2024-27919',
      'CVE-2024-30255',
      'CVE-2024-45807',
      'CVE-2026-73513',
      'CVE-2026-73512',
      'CVE-2026-48743',
    ],
    there: 'Frames of HTTP/2 or HTTP/3 cost time or memory, or ended the process.',
    here: http2,
  },
  {
    ids: [
      'CVE-2021-32781',
      'CVE-2022-23606',
      'CVE-2022-31045',
      'CVE-2023-35942',
      'CVE-2024-23322',
      'CVE-2024-45810',
      'CVE-2026-26309',
      'CVE-2026-26311',
      'CVE-2026-47205',
      'CVE-2026-50572',
    ],
    there: 'Memory was used after it was freed, or written beyond its end.',
    here: memory,
  },
  {
    ids: ['CVE-2021-34824'],
    there: 'A gateway could use secrets of other namespaces.',
    here: 'An edge holds only the bindings that its own config names; a document cannot name a secret.',
  },
  {
    ids: ['CVE-2022-21654', 'CVE-2022-21656', 'CVE-2022-21657'],
    there: 'TLS sessions were resumed past new settings; names and purposes of certificates were not checked.',
    here: 'TLS ends at the platform, whose verdict on a client certificate comes with every request.',
  },
  {
    ids: ['CVE-2022-21655', 'CVE-2026-47221'],
    there: 'Internal redirects ended the process.',
    here: "An edge follows no redirect: each is the caller's to follow.",
  },
  {
    ids: ['CVE-2022-21679'],
    there: 'Rules by host were not understood by proxies of an older version, and then always matched.',
    here: 'An edge that does not understand a document refuses it as a whole, keeps the last good one and says so.',
  },
  {
    ids: ['CVE-2022-21701'],
    there: 'Who could create gateways could use the identity of others.',
    here: 'No document creates a Worker; that takes the right to deploy.',
  },
  {
    ids: ['CVE-2022-23635', 'CVE-2022-24726', 'CVE-2022-39278', 'ISTIO-SECURITY-2026-006'],
    there: 'Messages or objects ended the control plane, without which configuration stood still.',
    here: 'Edges read documents from KV and need no control plane to run; its API asks for a token before it reads a body, and texts, trees and expressions of documents have limits.',
  },
  {
    ids: ['CVE-2022-29225', 'CVE-2024-32976'],
    there: 'Decompression of bodies grew without bound.',
    here: 'An edge decompresses no body of a call; key sets are bounded after decompression, as a row shows.',
  },
  {
    ids: ['CVE-2022-29226', 'CVE-2023-27496', 'CVE-2023-35941', 'CVE-2025-55162', 'CVE-2026-47775', 'CVE-2026-48090'],
    there: 'The filter for OAuth 2 let callers in, or ended the process.',
    here: noFilter,
  },
  {
    ids: ['CVE-2023-27492', 'CVE-2025-62504'],
    there: 'Scripts in the proxy ended the process by large bodies.',
    here: 'No document holds code.',
  },
  {
    ids: ['CVE-2023-35943'],
    there: 'The CORS filter read an origin that another filter had removed.',
    here: 'The origin is read once, before anything changes headers.',
  },
  {
    ids: ['CVE-2024-23323'],
    there: 'Expressions in templates of paths took long.',
    here: 'Expressions run in time linear in the text, by an engine of our own; templates are no expressions.',
  },
  {
    ids: ['CVE-2024-23325', 'CVE-2024-23327', 'CVE-2026-26310', 'CVE-2026-47692', 'CVE-2026-73549'],
    there: 'Headers of the PROXY protocol, or addresses with a scope, ended the process or hid a request.',
    here: 'Addresses come as texts from the platform, and no PROXY protocol is spoken.',
  },
  {
    ids: ['CVE-2024-23326'],
    there: 'An answer of 200 to an upgrade opened a tunnel.',
    here: 'The runtime opens a WebSocket by status 101 only, and hands on no other tunnel.',
  },
  {
    ids: ['CVE-2024-34363', 'CVE-2024-34364'],
    there: 'Errors of JSON in logs, and unbounded answers to internal calls, ended the process.',
    here: 'Answers of issuers are bounded, as rows show, those to copies of calls are dropped unread, and records are data.',
  },
  {
    ids: ['CVE-2024-45808', 'CVE-2026-47220'],
    there: 'Names that a client chose came into access logs as they were, or ended the process.',
    here: 'Records are data in tables and JSON, never lines of text that a name could break.',
  },
  {
    ids: ['CVE-2024-45809', 'CVE-2025-64527'],
    there: 'The JWT filter ended the process where keys were fetched.',
    here: "A call that waits for keys has a bound, and another call's end does not end it.",
  },
  {
    ids: ['CVE-2024-53269', 'CVE-2025-54588', 'CVE-2025-62408', 'CVE-2026-48497'],
    there: 'Answers of DNS ended the process.',
    here: 'A Worker resolves no names.',
  },
  {
    ids: ['CVE-2025-66220', 'CVE-2026-47778'],
    there: 'A NUL in a name of a certificate ended the comparison.',
    here: 'Strings are compared whole, whatever is in them.',
  },
  {
    ids: ['CVE-2026-31838'],
    there: 'Debug endpoints told the configuration of others.',
    here: 'An edge has no debug endpoint; the control API asks for a token.',
  },
  {
    ids: ['CVE-2026-39350'],
    there: 'A dot in the name of a service account was an operator of an expression.',
    here: 'Names of callers are compared as texts; only an asterisk at one end stands for others.',
  },
  {
    ids: ['CVE-2026-73546'],
    there: 'Names of statistics came as HTML into a page.',
    here: 'Pages are made by components that escape every text, under a policy that runs no inline script.',
  },
  {
    ids: ['ISTIO-SECURITY-2026-002'],
    there: 'Who wrote routes in one namespace could take the traffic of a host of another.',
    here: 'The document of a service changes the calls to that service only.',
  },
];
