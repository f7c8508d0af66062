import { describe, expect, test } from 'vitest';
import { compileLinearRegex, linearRegex, maxRegexLength } from '../../../src/core/regex/linear-regex.ts';
import { regexWords } from '../../../src/model/findings/regex-words.ts';

const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;

const accepted: readonly { name: string; source: string; yes: readonly string[]; no: readonly string[] }[] = [
  {
    name: 'a match is of the whole value',
    source: 'tester|admin',
    yes: ['tester', 'admin'],
    no: ['testers', 'xadmin', ''],
  },
  { name: 'a path', source: '/v[0-9]+/.*', yes: ['/v1/', '/v22/a/b'], no: ['/v/', '/v1', 'x/v1/'] },
  { name: 'two open gaps', source: '.*foo.*bar.*', yes: ['foobar', 'xfooxbarx'], no: ['barfoo', ''] },
  { name: 'nothing', source: '', yes: [''], no: ['a'] },
  { name: 'empty alternatives', source: 'a||b|(|c)d', yes: ['a', 'b', '', 'd', 'cd'], no: ['ab', 'c'] },
  { name: 'an empty group', source: '()a(?:)', yes: ['a'], no: [''] },
  { name: '. is no line break', source: 'a.c', yes: ['abc', 'a\rc', 'aéc', 'a😀c'], no: ['a\nc', 'ac'] },
  { name: '.* is no line break either', source: 'a.*', yes: ['a', 'ab'], no: ['a\n', 'a\nb', 'b'] },
  { name: '.+ needs a character', source: 'a.+', yes: ['ab', 'a😀'], no: ['a', 'a\n'] },
  { name: '(?s) is a line break too', source: '(?s)a.*', yes: ['a\n', 'ab'], no: ['b'] },
  { name: '(?s:) holds in its group', source: '(?s:.).', yes: ['\na'], no: ['a\n'] },
  { name: '(?-s) takes back', source: '(?s).(?-s:.).', yes: ['\na\n'], no: ['a\na'] },
  { name: 'a literal line break', source: 'a\\nb\n', yes: ['a\nb\n'], no: ['a\\nb\n'] },
  { name: 'a negated class has line breaks', source: '[^a]', yes: ['\n', 'b'], no: ['a'] },
  { name: '^ and $ are the ends of the text', source: '^a$|^b|c$', yes: ['a', 'b', 'c'], no: ['a\n', ''] },
  {
    name: 'anchors in the middle',
    source: '(?:^|,)a(?:,|$)|x^y|x$y',
    yes: ['a', ',a,', 'a,', ',a'],
    no: ['xy', 'x\ny'],
  },
  { name: 'anchors among things that can be empty', source: 'a*^b*$c*', yes: ['', 'b', 'bb'], no: ['ab', 'bc'] },
  { name: 'a repeated anchor', source: '^*a$+(?:^|b)*', yes: ['a'], no: ['ab'] },
  { name: '(?m) anchors at lines', source: '(?m)a$\n^b', yes: ['a\nb'], no: ['ab', 'a\n\nb'] },
  { name: '(?m) does not change \\A and \\z', source: '(?m)\\Aa$\\n(?:\\Ab|c\\z)', yes: ['a\nc'], no: ['a\nb'] },
  { name: 'empty lines', source: '(?m)(?:^$\n?)*', yes: ['', '\n\n'], no: ['a'] },
  { name: '\\A and \\z', source: '\\Aa\\.b\\z', yes: ['a.b'], no: ['axb'] },
  { name: 'word boundaries', source: '.*\\bfoo\\b.*', yes: ['foo', 'a foo.', 'éfoo'], no: ['foox', '_foo', '9foo'] },
  { name: 'no word boundary', source: '.*\\Bfoo.*', yes: ['xfoo'], no: ['foo', ' foo', 'éfoo'] },
  { name: 'no word boundary in nothing', source: '\\B', yes: [''], no: ['a'] },
  { name: 'word characters are of ASCII', source: '(?i)\\b\\w\\b', yes: ['a', 'Z', '_', '0'], no: ['é', '-'] },
  {
    name: 'greedy, lazy and swapped are one to a whole match',
    source: 'a*?b+?c??(?U)d*?e{1,2}?',
    yes: ['abcde', 'bee'],
    no: ['a'],
  },
  { name: 'counts', source: 'a{2}b{1,}c{0,2}d{0}', yes: ['aab', 'aabbcc'], no: ['ab', 'aabccc', 'aabd'] },
  { name: 'a { that begins no count', source: 'x{,2}y{z{1', yes: ['x{,2}y{z{1'], no: ['x', 'xxyz'] },
  { name: 'a lone ] and }', source: 'a]}', yes: ['a]}'], no: ['a'] },
  {
    name: 'a repetition after flags is of what stands before them',
    source: 'ab(?i)*C',
    yes: ['aC', 'abbc'],
    no: ['ababC'],
  },
  { name: 'nested repetition', source: '(?:a+)+|(b*)*|(?:c|c)*', yes: ['', 'aaa', 'bb', 'cc'], no: ['ab'] },
  {
    name: 'capturing, named and plain groups',
    source: '(?P<year>\\d{4})-(?<m>\\d\\d)(?:-(\\d\\d))?',
    yes: ['2026-11', '2026-11-23'],
    no: ['2026-1', '٢026-11'],
  },
  { name: 'a name of letters beyond ASCII', source: '(?P<né_1>a)', yes: ['a'], no: [''] },
  { name: '(?i) to the end of the group', source: '(a(?i)b|c)d', yes: ['aBd', 'Cd', 'abd'], no: ['ABd', 'cD'] },
  { name: '(?i:) in its group', source: 'a(?i:b)c', yes: ['aBc', 'abc'], no: ['abC', 'Abc'] },
  { name: 'several flags', source: '(?is-m:A.)(?i-s)b.', yes: ['a\nBx'], no: ['a\nB\n'] },
  { name: '(?i) in classes', source: '(?i)[^a-c][x-z]', yes: ['dY', 'Dz'], no: ['Ax', 'bx'] },
  {
    name: '(?i) of the letters that Unicode folds to ASCII',
    source: '(?i)k[s]',
    yes: ['ks', 'KS', '\u212a\u017f'],
    no: ['js'],
  },
  { name: '(?i) beyond ASCII', source: '(?i)é[α-γ]Σ\u212a', yes: ['ÉΒςk', 'éαΣK'], no: ['EΒΣk', 'éδΣk'] },
  { name: '(?i) of classes by name', source: '(?i)[[:upper:]]\\w[^[:^lower:]]', yes: ['a\u017fA'], no: ['1aa', 'aa1'] },
  { name: 'quotation', source: '\\Qa.b*\\E+\\Q\\\\E\\Q$', yes: ['a.b*\\$', 'a.b**\\$'], no: ['aab*\\$'] },
  { name: 'an empty quotation', source: 'a\\Q\\E*', yes: ['', 'aa'], no: ['b'] },
  { name: 'a \\ in an open quotation', source: '\\Qa\\b', yes: ['a\\b'], no: ['a'] },
  { name: 'escaped punctuation', source: '\\.\\*\\/\\-\\_\\"\\ \\`', yes: ['.*/-_" `'], no: ['x'] },
  { name: 'control characters', source: '\\a\\f\\t\\n\\r\\v', yes: ['\x07\f\t\n\r\v'], no: ['aftnrv'] },
  { name: 'hexadecimal', source: '\\x41\\x{1F600}\\x{00000061}', yes: ['A😀a'], no: ['A'] },
  { name: 'octal', source: '\\141\\060\\608\\018\\00', yes: ['a00' + '8\x018\x00'], no: ['a'] },
  { name: 'the last octal', source: '\\377\\777', yes: ['\xff\u01ff'], no: ['\xff7'] },
  { name: 'code points, not code units', source: '.{2}', yes: ['😀é', 'ab'], no: ['😀', '😀ab'] },
  { name: 'halves of a surrogate pair are characters', source: '\\x{D83D}.', yes: ['\ud83dx'], no: ['\ud83d\ude00'] },
  { name: 'two halves do not make a whole', source: '\\x{D83D}\\x{DE00}', yes: [], no: ['😀'] },
  { name: 'a class', source: '[a-z0-9-]+[.]', yes: ['a-1.'], no: ['.', 'A.'] },
  { name: 'a class that begins with ]', source: '[]a-]+[^]b]', yes: [']a-a'], no: ['b', 'a]'] },
  { name: 'a class that begins or goes on with -', source: '[-a][a-c-e]', yes: ['--', 'ae', 'a-', 'ab'], no: ['ad'] },
  {
    name: 'ranges by escapes',
    source: '[\\x{0}-\\x20\\]\\\\-\\^]',
    yes: ['\x01', ' ', ']', '\\', '^'],
    no: ['!', '_'],
  },
  {
    name: 'classes of Perl',
    source: '\\d\\D\\s\\S\\w\\W[\\d\\s][^\\w\\d]',
    yes: ['1a\t1a-9-'],
    no: ['1a\v1a-9-', '1a\t1a-9a'],
  },
  {
    name: 'classes of POSIX',
    source: '[[:alpha:]_][[:^digit:]][^[:space:][:punct:]]',
    yes: ['abc', '_-1'],
    no: ['a1b', '1ab', 'ab '],
  },
  {
    name: 'all classes of POSIX',
    source:
      '[[:alnum:]][[:ascii:]][[:blank:]][[:cntrl:]][[:digit:]][[:graph:]][[:lower:]][[:print:]][[:punct:]][[:upper:]][[:word:]][[:xdigit:]]',
    yes: ['a~\t\x7f0!a !A_f'],
    no: ['aé\t\x7f0!a !A_f', 'a~\t\x7f0!a !A_g'],
  },
  { name: 'a [: that closes nothing', source: '[[:a]+', yes: ['[:a'], no: ['b'] },
  { name: 'a class of nothing', source: 'a|[^\\x00-\\x{10FFFF}]', yes: ['a'], no: ['', 'b'] },
  { name: 'Unicode categories', source: '\\pL\\p{Lu}\\pN\\PN', yes: ['éÉ²x', 'ßA1-'], no: ['éé²x', 'éÉ²1'] },
  {
    name: 'Unicode scripts',
    source: '\\p{Greek}\\P{Greek}\\p{^Han}\\P{^Han}',
    yes: ['αaa漢'],
    no: ['aaaa', 'ααa漢', 'αaaa'],
  },
  {
    name: 'Unicode classes in a class',
    source: '[\\p{Cyrillic}\\d][^\\pL\\s]',
    yes: ['ж1', '5-'],
    no: ['a1', 'жж', 'ж '],
  },
  { name: 'a negated Unicode class in a class', source: '[^\\PL][\\P{Lu}_]', yes: ['aa', 'é_'], no: ['1a', 'aA'] },
  { name: 'any character', source: '\\p{Any}[^\\P{Any}]', yes: ['a\n'], no: ['a'] },
  { name: 'Unicode classes with (?i)', source: '(?i)\\p{Lu}\\P{Lu}', yes: ['a1', 'A-'], no: ['1a', 'aa', 'aA'] },
  {
    name: 'control and other: no unassigned code point',
    source: '\\pC',
    yes: ['\x00', '\u00ad', '\ue000'],
    no: ['\u0378', 'a'],
  },
  { name: 'nested as deep as RE2 allows', source: nested(999), yes: ['a'], no: ['b', ''] },
  { name: 'as long as allowed', source: 'a'.repeat(maxRegexLength), yes: ['a'.repeat(maxRegexLength)], no: ['a'] },
  { name: 'as large as allowed', source: '(?:[ab]{100}){10}', yes: ['ab'.repeat(500)], no: ['ab'.repeat(501), ''] },
];

const refused: readonly { name: string; source: string; at: number; reason: RegExp }[] = [
  { name: 'a back-reference', source: '(a)\\1', at: 3, reason: /back-reference/ },
  { name: 'a back-reference by name', source: '(?P<a>a)(?P=a)', at: 8, reason: /back-reference/ },
  { name: 'a back-reference by name, as in Perl', source: '(?<a>a)\\k<a>', at: 7, reason: /back-reference/ },
  { name: 'look-ahead', source: 'a(?=b)', at: 1, reason: /look-around/ },
  { name: 'look-behind', source: '(?<!b)a>', at: 0, reason: /look-around/ },
  { name: 'possessive repetition', source: 'ab++', at: 3, reason: /possessive/ },
  { name: 'possessive counted repetition', source: 'a{2}+', at: 4, reason: /possessive/ },
  { name: 'an atomic group', source: '(?>a)', at: 0, reason: /atomic/ },
  { name: 'a condition', source: '(a)?(?(1)b)', at: 4, reason: /condition/ },
  { name: 'a comment', source: 'a(?#b)', at: 1, reason: /comment/ },
  { name: 'a flag of other engines', source: '(?x)a', at: 0, reason: /no group/ },
  { name: 'flags taken back without any', source: '(?i-)a', at: 0, reason: /no group/ },
  { name: 'a repeated repetition', source: 'a**', at: 2, reason: /repetition of a repetition/ },
  { name: 'a repeated lazy repetition', source: 'a*?{2}', at: 3, reason: /repetition of a repetition/ },
  { name: 'nothing to repeat at the beginning', source: '*a', at: 0, reason: /nothing to repeat/ },
  { name: 'nothing to repeat in an alternative', source: 'a|*a', at: 2, reason: /nothing to repeat/ },
  { name: 'nothing to repeat in a group', source: '(+a)', at: 1, reason: /nothing to repeat/ },
  { name: 'nothing to repeat in a quotation', source: '\\Q\\E*', at: 4, reason: /nothing to repeat/ },
  { name: 'a byte', source: '\\C', at: 0, reason: /byte/ },
  { name: '\\K', source: 'a\\Kb', at: 1, reason: /\\K/ },
  { name: '\\Z', source: 'a\\Z', at: 1, reason: /\\Z/ },
  { name: 'an escaped letter that means nothing', source: '\\q', at: 0, reason: /\\q/ },
  { name: 'an escaped character beyond ASCII', source: '\\😀', at: 0, reason: /\\😀/ },
  { name: 'a backslash at the end', source: 'ab\\', at: 2, reason: /backslash/ },
  { name: 'hexadecimal that is incomplete', source: '\\x4', at: 0, reason: /\\x/ },
  { name: 'beyond Unicode', source: '\\x{110000}', at: 0, reason: /Unicode/ },
  { name: 'a word boundary in a class', source: '[\\b]', at: 1, reason: /word boundary/ },
  { name: 'no such Unicode class', source: '\\p{Klingon}', at: 0, reason: /Klingon/ },
  { name: 'a Unicode class of JavaScript only', source: '[\\p{Alphabetic}]', at: 1, reason: /Alphabetic/ },
  { name: 'a Unicode class that is not complete', source: '\\p', at: 0, reason: /not complete/ },
  { name: 'no such class of POSIX', source: '[[:letter:]]', at: 1, reason: /letter/ },
  { name: 'a group that stays open', source: 'a(b|c', at: 1, reason: /not closed/ },
  { name: 'a class that stays open', source: 'a[bc', at: 1, reason: /not closed/ },
  { name: 'a class of ] that stays open', source: '[]', at: 0, reason: /not closed/ },
  { name: 'a stray parenthesis', source: 'a)b', at: 1, reason: /closes no group/ },
  { name: 'a range that ends before it begins', source: '[z-a]', at: 1, reason: /range/ },
  { name: 'a range to a class', source: '[a-\\d]', at: 3, reason: /\\d/ },
  { name: 'a name that is none', source: '(?P<x y>a)', at: 0, reason: /name/ },
  { name: 'no name', source: '(?P<>a)', at: 0, reason: /name/ },
  { name: 'a name that stays open', source: '(?P<n', at: 0, reason: /no group/ },
  { name: 'a name twice', source: '(?P<n>a)(?<n>b)', at: 8, reason: /named n too/ },
  { name: 'counts out of bounds', source: 'a{1001}', at: 1, reason: /out of bounds/ },
  { name: 'counts in the wrong order', source: 'a{2,1}', at: 1, reason: /out of bounds/ },
  { name: 'counts that multiply', source: '(((x{7}){11}){13})', at: 13, reason: /multiply/ },
  { name: 'counts that multiply greatly', source: '(a{1000}){1000}', at: 9, reason: /multiply/ },
  { name: 'too large', source: '(?:abcde){1000}', at: 9, reason: /5000 steps/ },
  {
    name: 'too large by options',
    source: '(?:.{0,50}){0,20}(?:.{0,50}){0,20}(?:.{0,50}){0,20}',
    at: 0,
    reason: /steps/,
  },
  { name: 'nested too deeply', source: nested(1001), at: 1, reason: /nested/ },
  {
    name: 'nested too deeply by repetitions',
    source: `${'('.repeat(600)}a${')*'.repeat(600)}`,
    at: 1600,
    reason: /nested/,
  },
  { name: 'too long', source: 'a'.repeat(maxRegexLength + 1), at: maxRegexLength, reason: /too long/ },
];

describe('linear regular expressions', () => {
  test.each(accepted)('$name', ({ source, yes, no }) => {
    expect(linearRegex(source)).toMatchObject({ ok: true });
    const { matches } = compileLinearRegex(source);
    for (const value of yes) expect([value, matches(value)]).toEqual([value, true]);
    for (const value of no) expect([value, matches(value)]).toEqual([value, false]);
  });

  test.each(refused)('refused: $name', ({ source, at, reason }) => {
    const result = linearRegex(source);
    if (result.ok) throw new Error('accepted');
    const [told, expected] = regexWords(result.fault, result.values);
    expect(told).toMatch(reason);
    expect(expected).toMatch(/\S/);
    expect(result.at).toBe(at);
    expect(() => compileLinearRegex(source)).toThrow('unvalidated');
  });

  test.each([
    ['nothing', '', 0, 0],
    ['characters and groups', 'a(b)(?:c|d)', 7, 1],
    ['counts are written out', 'a{3}b{2,4}c{2,}', 3 + 2 + 2 * 2 + 3, 0],
    ['repetitions', 'a*b+c?(d?)*', 2 + 2 + 2 + 4 + 2, 1],
  ])('size and groups: %s', (_, source, size, groups) => {
    expect(linearRegex(source)).toEqual({ ok: true, size, groups });
  });
});

describe('the text that a match begins with', () => {
  test.each([
    ['/foo', '/foo', true],
    ['^/foo$', '/foo', true],
    ['\\Q/a.b\\E(c)', '/a.bc', true],
    ['/foo/.*', '/foo/', false],
    ['(/foo)/(.*)', '/foo/', false],
    ['/v(1|2)/', '/v', false],
    ['/(api|app)/x', '/ap', false],
    ['/a(b)+', '/ab', false],
    ['/a(bc){2}', '/abc', false],
    ['/ab*', '/a', false],
    ['a|b', '', false],
    ['(?i)/foo', '/', false],
    ['.*', '', false],
    ['', '', true],
    ['a\\bb', 'a', false],
    ['a$b', 'a', false],
    ['(^a|^b)', '', false],
    ['é😀[x]', 'é😀x', true],
  ])('%s', (source, text, isLiteral) => {
    expect(compileLinearRegex(source)).toMatchObject({ literalPrefix: text, isLiteral });
  });
});
