/** The judge of security cases: what it takes for a pass, and that it names everything else. */
import { expect, test } from 'vitest';
import type { Answer } from '../world/probe-client.ts';
import type { SecurityRequest } from './security-case.ts';
import { judgeSecurity } from './security-judge.ts';

const answer = (status: number, more: Partial<Answer> = {}): Answer => ({
  status,
  headers: {},
  body: '',
  echo: undefined,
  latencyMs: 1,
  ...more,
});
const echoed = (headers: Readonly<Record<string, readonly string[]>>): Partial<Answer> => ({
  echo: {
    path: '/',
    host: 'b',
    method: 'GET',
    proto: 'HTTP/1.1',
    headers,
    namespace: 'n',
    pod: 'p',
    service: 's',
    version: 'v',
  },
});

interface Row {
  readonly name: string;
  readonly request: Partial<SecurityRequest> & Pick<SecurityRequest, 'expect'>;
  readonly answer: Answer;
  readonly isReached: boolean;
  readonly findings: readonly string[];
}

test.each<Row>([
  {
    name: 'an allowed call reaches the service',
    request: { expect: 'allow' },
    answer: answer(200),
    isReached: true,
    findings: [],
  },
  {
    name: 'an answer that the service did not give is no pass',
    request: { expect: 'allow' },
    answer: answer(200),
    isReached: false,
    findings: ['the service was called: false, expected true'],
  },
  {
    name: 'a refused call',
    request: { expect: 'deny', status: 403 },
    answer: answer(403),
    isReached: false,
    findings: [],
  },
  {
    name: 'refused for another reason than the case says',
    request: { expect: 'deny', status: 403 },
    answer: answer(401),
    isReached: false,
    findings: ['status: 401, expected 403'],
  },
  {
    name: 'for whatever reason, where the case says none',
    request: { expect: 'deny' },
    answer: answer(401),
    isReached: false,
    findings: [],
  },
  {
    name: 'a broken mesh refuses nothing',
    request: { expect: 'deny' },
    answer: answer(500),
    isReached: false,
    findings: ['status: 500, expected 403 or 401'],
  },
  {
    name: 'a refused call that reached the service all the same',
    request: { expect: 'deny', status: 403 },
    answer: answer(403),
    isReached: true,
    findings: ['the service was called: true, expected false'],
  },
  {
    name: "gRPC's own status",
    request: { expect: 'deny', protocol: 'grpc' },
    answer: answer(200, { headers: { 'grpc-status': ['7'] } }),
    isReached: false,
    findings: [],
  },
  {
    name: 'gRPC that is refused by HTTP',
    request: { expect: 'deny', protocol: 'grpc' },
    answer: answer(403),
    isReached: false,
    findings: ['status: 403, expected 200', 'gRPC status: undefined, expected 7'],
  },
  {
    name: 'headers that the service must see, and must not',
    request: { expect: 'allow', upstreamHeaders: { 'X-A': '1' }, upstreamHeadersAbsent: ['Authorization'] },
    answer: answer(200, echoed({ 'x-a': ['2'], authorization: ['Bearer t'] })),
    isReached: true,
    findings: ["the service's X-A: 2, expected 1", "the service's Authorization: Bearer t, expected undefined"],
  },
  {
    name: 'what the body must say',
    request: { expect: 'deny', bodyContains: 'RBAC' },
    answer: answer(403, { body: 'no' }),
    isReached: false,
    findings: ['the body does not say "RBAC"'],
  },
])('$name', ({ request, answer: got, isReached, findings }) => {
  expect(judgeSecurity(request, got, isReached)).toEqual(findings);
});
