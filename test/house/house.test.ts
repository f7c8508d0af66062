import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '');
const lines = (path: string) => readFileSync(path, 'utf8').split('\n').length;
const sources = tracked.filter((path) => /^(src|workers|scripts)\/.*\.tsx?$/.test(path));
const tests = tracked.filter((path) => /^test\/.*\.tsx?$/.test(path));

describe('the house', () => {
  it('has no source file over 400 lines', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter((path) => lines(path) > 400)).toEqual([]);
  });
  it('has no test file over 600 lines', () => {
    expect(tests.filter((path) => lines(path) > 600)).toEqual([]);
  });
  it('has small files: the median is below 120 lines', () => {
    const sorted = sources.map(lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120);
  });
  it('has no room called utils or helpers', () => {
    expect(tracked.filter((path) => /(^|\/)(utils?|helpers?|misc|common)(\/|\.[jt]sx?$)/.test(path))).toEqual([]);
  });
  it('draws the same cases for laws at each run, unless a seed is asked for', () => {
    expect(fc.readConfigureGlobal().seed).toBe(Number(process.env.SELVEDGE_LAW_SEED ?? 1));
  });
  it('has a folder for each subject: none holds more than 30 sources', () => {
    const folders = sources.map((path) => path.slice(0, path.lastIndexOf('/')));
    const full = folders.filter((folder) => folders.filter((other) => other === folder).length > 30);
    expect([...new Set(full)]).toEqual([]);
  });
  it('skips, focuses and empties no test', () => {
    const marks = /\b(it|test|describe)\.(skip|only|todo)\(|expect\(true\)/;
    const own = 'test/house/house.test.ts';
    expect(tests.filter((path) => path !== own && marks.test(readFileSync(path, 'utf8')))).toEqual([]);
  });
});
