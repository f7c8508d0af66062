/** The dashboard in a real browser: what a person sees, that nothing complains, and that callers cannot write HTML into it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ControlMesh, call, report, startControl, token } from '../control/control-mesh.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (executablePath === undefined)
  console.warn('SKIPPED: no chromium on this machine, so the dashboard is not tested in a browser.');

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const hostile = '/<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>\u202etxt.exe';

/** What a person reads, on one line. */
async function shownText(locator: Locator): Promise<string> {
  return (await locator.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
}

describe.skipIf(executablePath === undefined)('the dashboard in chromium', () => {
  let mesh: ControlMesh;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const topology = { services: { payment: { workers: ['payment', 'payment-v2'], callers: ['orders'] } } };
    [mesh, browser] = await Promise.all([startControl({ topology }), chromium.launch({ executablePath, args })]);
    const payment = {
      service: 'payment',
      versions: { v1: { worker: 'payment' }, v2: { worker: 'payment-v2' } },
      routes: [
        {
          name: 'default',
          backends: [
            { version: 'v1', weight: 90 },
            { version: 'v2', weight: 10 },
          ],
        },
      ],
    };
    const written = await mesh.ask('/api/documents/service/payment', { method: 'PUT', body: JSON.stringify(payment) });
    const { revision } = (await written.json()) as { revision: string };
    const attempt = {
      spanId: '00000000000000a1',
      version: 'v1',
      endpoint: 'storefront',
      startMs: Date.now(),
      durationMs: 30,
      status: 200,
      outcome: 'response' as const,
    };
    const child = {
      traceId,
      spanId: '00000000000000c2',
      parentSpanId: '00000000000000a1',
      service: 'payment',
      caller: 'storefront',
      door: 'mesh' as const,
      hops: 2,
    };
    await mesh.ingest(0, {
      isolate: 'isolate-a',
      edges: [report({ revision })],
      records: [
        call({ traceId, spanId: '00000000000000c1', path: '/orders', attempts: [attempt] }),
        call({ ...child, path: '/charge', status: 503, durationMs: 10, reason: 'retry budget is spent' }),
        call({ traceId: 'f'.repeat(32), spanId: '00000000000000c3', path: hostile, reason: hostile, caller: hostile }),
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await mesh?.stop();
  });

  beforeEach(async () => {
    page = await (await browser.newContext()).newPage();
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${mesh.url}/?token=${token}`);
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows services with versions and weights, the edge, and recent traces; the token is gone from the address', async () => {
    expect(page.url()).toBe(`${mesh.url}/`);
    const card = page.locator('#service-payment');
    await card.waitFor();
    const text = await shownText(card);
    expect(text).toContain('v1 payment 90%');
    expect(text).toContain('v2 payment-v2 10%');
    expect(text).toContain('called by orders');
    expect(text).toContain('edge ok');
    const widths = await card
      .locator('svg.bar rect:not(.track)')
      .evaluateAll((rects) => rects.map((rect) => rect.getBoundingClientRect().width));
    expect(widths).toHaveLength(2);
    expect((widths[0] as number) / (widths[1] as number)).toBeCloseTo(9, 0);
    expect(await page.locator('.traces tbody tr').count()).toBe(2);
  });

  it('a click on a trace shows its waterfall: every call and attempt, deeper ones further right, with the invocations', async () => {
    await page.locator(`a[href="/traces/${traceId}"]`).click();
    const rows = page.locator('.waterfall tbody tr');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(3);
    const text = await shownText(page.locator('main'));
    expect(text).toContain('storefront v1 POST /orders');
    expect(text).toContain('payment v1 POST /charge from storefront');
    expect(text).toContain('retry budget is spent');
    expect(text).toContain('3 of 32 invocations');
    const left = await page
      .locator('.waterfall .indent > :first-child')
      .evaluateAll((names) => names.map((name) => name.getBoundingClientRect().left));
    expect([...left].sort((one, other) => one - other)).toEqual(left);
    const bars = await page
      .locator('.lane rect')
      .evaluateAll((rects) => rects.map((rect) => rect.getBoundingClientRect().width));
    expect(bars[0]).toBeGreaterThan(bars[2] as number);
  });

  it('HTML in a path, a caller or a reason is text', async () => {
    await page.locator(`a[href="/traces/${'f'.repeat(32)}"]`).waitFor();
    expect(await shownText(page.locator('main'))).toContain('<img src=x');
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page.locator(`a[href="/traces/${'f'.repeat(32)}"]`).click();
    await page.locator('.waterfall').waitFor();
    expect(await shownText(page.locator('.reason'))).toContain('<script>');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Trace ffffffffffff');
    // A mark that turns the direction of a text would turn what stands beside it too.
    expect(await page.content()).not.toContain('\u202e');
  });

  it('follows the mesh without a reload: a document that is broken in KV shows up by itself', async () => {
    await page.evaluate(() => Object.assign(globalThis, { stillHere: true }));
    const before = (await mesh.read('service/payment')) as string;
    await mesh.put('service/payment', '{"service": "payment"}');
    await page.locator('.problems').waitFor();
    expect(await shownText(page.locator('.problems'))).toContain('service/payment:1:1');
    await mesh.put('service/payment', before);
    await page.getByText('all documents served').waitFor();
    expect(await page.evaluate(() => 'stillHere' in globalThis)).toBe(true);
  });

  it('shows who may call whom, and the rules of a service behind its name', async () => {
    await page.getByRole('link', { name: 'Access' }).click();
    await page.locator('.matrix').waitFor();
    expect(await shownText(page.locator('.matrix thead'))).toContain('payment');
    expect(await shownText(page.locator('.matrix tbody'))).toContain('orders none all');
    await page.locator('.matrix thead a', { hasText: 'payment' }).click();
    await page.locator('.callers').waitFor();
    expect(await shownText(page.locator('.callers tbody'))).toContain('no rule says otherwise');
  });

  it('is no wider than the screen of a telephone, whichever page it is', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of ['/', '/access', '/access?service=payment', `/traces/${'f'.repeat(32)}`, '/audit', '/login']) {
      await page.goto(mesh.url + path);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(`${path} ${width}`).toBe(`${path} 390`);
    }
  });

  it('narrows the traces to a service and a status', async () => {
    await page.locator('#service-payment h3 a').click();
    await page.getByText('with payment').waitFor();
    expect(await page.locator('.traces tbody tr').count()).toBe(1);
    await page.getByRole('link', { name: '4xx' }).click();
    await page.getByText('No such traces').waitFor();
  });

  it('says who is logged in; logging out leads to the login page, and the token back in', async () => {
    expect(await shownText(page.locator('.who'))).toContain('token admin');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token of control').waitFor();
    expect(page.url()).toBe(`${mesh.url}/login`);
    expect(await page.context().cookies()).toEqual([]);
    await page.getByLabel('Token of control').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#service-payment').waitFor();
    expect(page.url()).toBe(`${mesh.url}/`);
  });

  it('shows the audit log, newest first', async () => {
    await page.getByRole('link', { name: 'Audit log' }).click();
    const row = page.locator('.audit tbody tr').first();
    await row.waitFor();
    expect(await shownText(row)).toContain('token admin from 127.0.0.1 put service/payment made none →');
    await page.getByRole('link', { name: 'refused' }).click();
    await page.getByText('Nothing of that kind').waitFor();
  });

  it('shows the login page where the session ends while somebody looks', async () => {
    await page.context().clearCookies();
    await page.getByLabel('Token of control').waitFor();
    // The browser itself complains of the answer 401, once for the look and once for the page.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    complaints.length = 0;
  });
});
