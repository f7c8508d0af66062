import { describe, expect, test } from 'vitest';
import { type TimeWindow, timeWindow } from '../../../src/core/access/time-window.ts';

describe('a time window', () => {
  test.each<{ name: string; window: TimeWindow; at: string; holds: boolean }>([
    {
      name: 'begins with its first instant',
      window: { from: '2026-12-24T18:00:00Z' },
      at: '2026-12-24T18:00:00Z',
      holds: true,
    },
    { name: 'is not there before', window: { from: '2026-12-24T18:00:00Z' }, at: '2026-12-24T17:59:59Z', holds: false },
    {
      name: 'ends before its last',
      window: { until: '2026-12-24T18:00:00+01:00' },
      at: '2026-12-24T17:00:00Z',
      holds: false,
    },
    {
      name: 'is there until then',
      window: { until: '2026-12-24T18:00:00+01:00' },
      at: '2026-12-24T16:59:59Z',
      holds: true,
    },
    { name: 'has days', window: { days: ['Mon'] }, at: '2026-11-30T23:59:59Z', holds: true },
    { name: 'not others', window: { days: ['Mon'] }, at: '2026-12-01T00:00:00Z', holds: false },
    { name: 'has hours', window: { hours: '08:00-18:00' }, at: '2026-11-30T08:00:00Z', holds: true },
    {
      name: 'of which the last minute is not one',
      window: { hours: '08:00-18:00' },
      at: '2026-11-30T18:00:00Z',
      holds: false,
    },
    { name: 'to the end of the day', window: { hours: '08:00-24:00' }, at: '2026-11-30T23:59:00Z', holds: true },
    { name: 'over midnight, before it', window: { hours: '22:00-06:00' }, at: '2026-11-30T22:00:00Z', holds: true },
    { name: 'over midnight, after it', window: { hours: '22:00-06:00' }, at: '2026-11-30T05:59:00Z', holds: true },
    { name: 'over midnight, not by day', window: { hours: '22:00-06:00' }, at: '2026-11-30T12:00:00Z', holds: false },
    {
      name: 'which begins on the day that is named',
      window: { hours: '22:00-06:00', days: ['Sun'] },
      at: '2026-11-30T05:00:00Z',
      holds: true,
    },
    {
      name: 'and not on the next',
      window: { hours: '22:00-06:00', days: ['Sun'] },
      at: '2026-11-30T22:00:00Z',
      holds: false,
    },
    {
      name: 'nor in the morning of the first',
      window: { hours: '22:00-06:00', days: ['Sun'] },
      at: '2026-11-29T05:00:00Z',
      holds: false,
    },
    {
      name: 'goes by its time zone',
      window: { hours: '08:00-09:00', timeZone: 'Europe/Berlin' },
      at: '2026-11-30T07:30:00Z',
      holds: true,
    },
    {
      name: 'also in summer',
      window: { hours: '08:00-09:00', timeZone: 'Europe/Berlin' },
      at: '2026-07-01T06:30:00Z',
      holds: true,
    },
    {
      name: 'whose day may be another',
      window: { days: ['Tue'], timeZone: 'Asia/Tokyo' },
      at: '2026-11-30T15:00:00Z',
      holds: true,
    },
    {
      name: 'all of its fields hold',
      window: { days: ['Mon'], hours: '08:00-18:00', from: '2027-01-01T00:00:00Z' },
      at: '2026-11-30T09:00:00Z',
      holds: false,
    },
  ])('$name', ({ window, at, holds }) => {
    const nowMs = Date.parse(at);
    const there = timeWindow(window);
    // What it remembers of one minute is nothing to another.
    there(nowMs - 43_200_000);
    expect(there(nowMs)).toBe(holds);
    expect(there(nowMs)).toBe(holds);
  });
});
