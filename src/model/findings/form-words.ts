/** The words of forms: phrases that complete "expected ...". An edge asks only whether a value is sound, and carries none of them. */
import * as access from '../schema/access.ts';
import * as authentication from '../schema/authentication.ts';
import * as fields from '../schema/fields.ts';
import * as filter from '../schema/filter.ts';
import type { Demand, Form, Given } from '../schema/form.ts';
import * as geo from '../schema/geo.ts';
import * as match from '../schema/match.ts';
import { trustDomain } from '../schema/mesh.ts';
import * as route from '../schema/route.ts';
import * as version from '../schema/version.ts';

/** Of forms that do not say by themselves what they take. */
export const formWords: ReadonlyMap<Form, string> = new Map<Form, string>([
  [fields.workerName, 'a name of at most 63 of a-z, 0-9, - and _'],
  [fields.givenName, 'a name of at most 128 letters, digits, dots, - and _ that begins with a letter or digit'],
  [fields.hostName, 'a host name without scheme and port, such as shop.example.com'],
  [fields.hostPattern, 'a host name such as shop.example.com, or *.example.com for any number of labels before it'],
  [fields.headerName, 'a header name (RFC 9110 token)'],
  [fields.headerValue, 'a header value of at most 8192 characters without line breaks; write numbers in quotes'],
  [fields.duration, 'a duration of at most 24h such as 500ms, 2s or 1m30s (GEP-2257)'],
  [fields.lifetime, 'a duration such as 30m or 720h (GEP-2257)'],
  [fields.share, 'a share such as "5%", or a number from 0 to 1'],
  [fields.size, 'a size of at most 1MiB in bytes, or such as "64KiB"'],
  [fields.rpcPattern, 'an RPC method such as charge or users.list, or refund* for all that begin so'],
  [fields.httpMethod, 'an HTTP method in upper case'],
  [fields.anyMethod, 'an HTTP method in upper case, or *'],
  [fields.cookieName, 'a cookie name (RFC 6265 token)'],
  [fields.absoluteUrl, 'an absolute http or https URL'],
  [fields.printableText, 'printable text of at most 1024 characters'],
  [
    access.principalPattern,
    'a service such as orders, declared, *, orders-* or *-job, or a whole id such as spiffe://mesh.local/svc/orders',
  ],
  [access.accessPath, 'a path such as /charge, /admin/*, *.json, /users/{*}/cards or /files/{**}'],
  [access.accessHost, 'a host name, *.example.com, example.*, or *'],
  [
    access.requestPrincipalPattern,
    'issuer and subject such as https://issuer.example/alice, with * at one end or alone',
  ],
  [access.servicePattern, 'a service such as orders, orders-*, *-job, or *'],
  [access.namespacePattern, 'a namespace of another mesh, in which * may stand for any text'],
  [access.serviceAccount, 'a service account as namespace/name, without *'],
  [access.trustDomainPattern, 'a trust domain, in which * may stand for any text'],
  [access.ipBlock, 'an address or block such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32, without a port'],
  [
    access.conditionName,
    'a key such as request.headers[x-user], request.auth.claims[groups], source.ip, remote.ip or destination.port',
  ],
  [access.conditionValue, 'printable text; write numbers in quotes'],
  [access.instant, 'an instant such as 2026-12-24T18:00:00Z (RFC 3339)'],
  [access.hours, 'hours such as 08:00-18:00; 22:00-06:00 goes over midnight'],
  [access.timeZone, 'a time zone such as Europe/Berlin or UTC'],
  [access.pathPrefix, 'a path that begins with "/"'],
  [authentication.claimName, 'a claim such as sub, realm.role or [https://example.com/roles]'],
  [authentication.tokenPrefix, 'the text before the token, such as "Bearer "'],
  [authentication.parameterName, 'the name of a query parameter'],
  [authentication.fingerprint, 'a SHA-256 fingerprint of 64 hexadecimal digits'],
  [authentication.wholePrincipal, 'a service name or a whole principal, without *'],
  [filter.targetPath, 'a path that begins with "/"'],
  [filter.substitution, 'text with \\1 for what the first group matched'],
  [filter.regexText, 'an expression in RE2 syntax'],
  [filter.redirectPort, 'a whole number from 1 to 65535, or request'],
  [filter.authority, 'a host name, with a port or without'],
  [filter.origin, 'an origin such as https://shop.example.com, https://*.example.com, or *'],
  [match.matchText, 'text; write numbers in quotes'],
  [match.filledText, 'text; write numbers in quotes'],
  [geo.area, 'two upper-case letters such as DE or EU'],
  [geo.colo, 'a data centre of three letters such as TXL'],
  [trustDomain, 'a trust domain of a-z, 0-9, dots, - and _'],
  [route.retryMethod, 'an HTTP method or the name of an RPC method'],
  [route.sessionName, 'a cookie or header name (RFC 9110 token)'],
  [version.locality, 'a locality such as EU, EU/DE or EU/DE/TXL'],
  [version.localityShares, 'localities and their percentages'],
  [version.versionId, 'the id of a Worker version'],
  [version.bindingName, 'the name of a binding'],
  [version.plainName, 'a name without spaces'],
  [version.cookiePath, 'a path that begins with "/"'],
]);

type Words = string | ((value: Given) => string);

/** Of demands that are not about the number of fields. */
export const demandWords: ReadonlyMap<Demand, Words> = new Map<Demand, Words>([
  [
    match.comparison,
    ({ type, value }) =>
      value === undefined ? 'a value, or type Present or Absent' : `no value beside type ${String(type)}`,
  ],
  [filter.onlyField, ({ type }) => `${filter.fieldOfType(String(type))} and nothing else beside type ${String(type)}`],
  [filter.notAboveOne, 'a numerator not above the denominator'],
  [route.namedHeader, 'a sessionName beside type Header'],
  [route.cookieOnly, 'cookieConfig only beside type Cookie'],
  [route.permanentEnds, 'an absoluteTimeout beside lifetimeType Permanent'],
  [version.versionOfWorker, 'version only beside worker'],
  [version.beyondUrl, 'mtls and audience only beside url'],
  [version.ofCookie, 'ttl and path only beside cookie'],
  [version.hashedBy, 'by beside algorithm consistent-hash'],
]);
