/** What is wrong with an access section. */
import { plainConditionKeys } from '../../core/access/condition-key.ts';
import { type PathPatternFault, pathPatternFault } from '../../core/urls/path-match.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import { headerRemedy } from './header-remedy.ts';
import { malformed } from './issue.ts';
import { nearest, quote, type Tell } from './phrases.ts';

const conditionKeys = ['request.headers[NAME]', 'request.auth.claims[NAME]', ...plainConditionKeys];

const patternRemedies: Readonly<Record<PathPatternFault, string>> = {
  operatorBehindLast: '{**} must be the last operator',
  operatorInSegment: '{*} and {**} stand alone between slashes, and no other * in a template',
  noTemplate: 'a template begins with /',
  starInside: '* stands at one end only; {*} is one segment, {**} any number',
  noPath: 'a path begins with / or *',
};

export const accessWords = {
  openDefault: () => [
    malformed.inconsistent,
    'where there are allow rules, a call that matches none of them is denied',
    'no default, or no allow rules',
  ],
  noProvider: () => [malformed.inconsistent, 'a custom rule does not say who decides', 'a provider'],
  strayProvider: (action) => [
    malformed.inconsistent,
    `a rule of action ${action} asks nobody`,
    'action custom, or no provider',
  ],
  unknownProvider: (name, ...known) => [
    malformed.badValue,
    `there is no provider ${quote(name)}`,
    known.length === 0 ? 'a provider under providers' : nearest(name, known),
  ],
  dryRun: (action) => [
    malformed.inconsistent,
    `a rule of action ${action} cannot be tried without effect`,
    action === 'audit' ? 'no dryRun: an audit rule decides nothing' : 'dryRun beside action allow or deny',
  ],
  badBlock: (value) => [
    malformed.badValue,
    `${quote(value)} is no address and no block`,
    'an address such as 203.0.113.7, or with at most 32 bits (IPv6: 128) such as 10.0.0.0/8',
  ],
  endUser: (value) => [
    malformed.badValue,
    `${quote(value)} is an end user, and principals are the services that call`,
    'requestPrincipals (in conditions request.auth.principal) for end users, or an id that begins with spiffe://',
  ],
  badAccount: (value) => [malformed.badValue, `${quote(value)} names no service account`, 'namespace/name, without *'],
  cutIssuer: (value) => [
    malformed.badValue,
    `${quote(value)} names no issuer, since patterns are split at their last "/"`,
    `issuer and subject, such as ${quote(`${value.replace(/\*$/, '')}/*`)}`,
  ],
  splitUser: (value) => [
    malformed.badValue,
    `${quote(value)} has a * elsewhere than at one end`,
    '* at one end of the whole text, or alone for every end user',
  ],
  noIssuer: (value) => [
    malformed.badValue,
    `${quote(value)} names no end user`,
    `issuer and subject, such as ${quote(`https://issuer.example/${value}`)}`,
  ],
  badPattern: (pattern) => [
    malformed.badValue,
    `the pattern ${quote(pattern)} is none`,
    patternRemedies[pathPatternFault(pattern) ?? 'noPath'],
  ],
  rawPaths: () => [
    malformed.inconsistent,
    'a rule or an authoriser that judges paths can be passed by where they are not made canonical',
    'a normalization other than none',
  ],
  unknownKey: (key) => [malformed.badValue, `${quote(key)} is no key of a condition`, nearest(key, conditionKeys)],
  badPort: (value) => [malformed.badValue, `${quote(value)} is no port`, 'a number from 1 to 65535, in quotes'],
  badInstant: (value) => [malformed.badValue, `${quote(value)} is no instant`, 'a day and time that there are'],
  endsBefore: (from) => [malformed.inconsistent, 'the window ends before it begins', `an instant after ${from}`],
  noHours: (hours) => [
    malformed.inconsistent,
    `the hours ${hours} end where they begin`,
    '00:00-24:00, or no hours for the whole day',
  ],
  strayZone: () => [malformed.inconsistent, 'a time zone is about days and hours', 'days or hours beside it'],
  badZone: (zone) => [
    malformed.badValue,
    `${quote(zone)} is no time zone`,
    nearest(zone, ['UTC', ...Intl.supportedValuesOf('timeZone')], 'a name such as Europe/Berlin'),
  ],
  asksItself: (service) => [
    malformed.inconsistent,
    `${service} would be asked about every call to itself`,
    'another service, or a Worker',
  ],
  badBase: (url) => [
    malformed.badValue,
    `${quote(url)} is no base for questions`,
    'an absolute http or https URL without user, query and fragment',
  ],
  noTime: () => [malformed.inconsistent, 'no verdict can come in no time', 'a duration above 0s'],
  badHeader: (name) => [
    malformed.badValue,
    `${quote(name)} is no header that a question or verdict can have`,
    headerRemedy(unchangeableHeader(name.toLowerCase(), true) ?? 'own'),
  ],
} as const satisfies Record<string, Tell>;
