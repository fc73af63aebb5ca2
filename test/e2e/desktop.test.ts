/**
 * The page of the desktop in a real Chromium: with a stand-in for the preload script, whose ports lead to the engine
 * through the browser's socket. What is not there is Electron itself (test/unit/shell has a double of it).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, missing, SAMPLE, serve, type Served } from './support.ts';

/** Runs in the page before its own scripts. */
const PRELOAD = `
  const asked = [], lines = [];
  let go = () => undefined;
  const ok = (value) => Promise.resolve({ ok: true, value });
  const note = (name, value) => (...args) => (asked.push([name, ...args.map((a) => typeof a)]), ok(value));
  const connect = (token) => new Promise((resolve) => {
    const socket = new WebSocket('ws://' + location.host + '/socket', ['sonde', localStorage.getItem('sonde-key')]);
    socket.onopen = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => socket.send(JSON.stringify(data));
      socket.onmessage = ({ data }) => port1.postMessage(JSON.parse(data));
      lines.push({ token, end: () => (socket.close(), port1.close()) });
      postMessage({ sonde: 'port', token }, '/', [port2]);
      resolve({ ok: true, value: null });
    };
  });
  globalThis.double = {
    asked,
    go: (to) => go(to),
    die: () => lines.splice(0).forEach(({ token, end }) => (end(), postMessage({ sonde: 'lost', token }, '/'))),
  };
  globalThis.sondeShell = {
    connect,
    openFiles: note('openFiles', []),
    pathsOf: note('pathsOf', []),
    save: note('save', '/x'),
    hasWireshark: () => ok(true),
    openInWireshark: note('openInWireshark', null),
    printToPdf: note('printToPdf', '/x.pdf'),
    setSecret: note('setSecret', null),
    hasSecret: note('hasSecret', false),
    setTheme: note('setTheme', null),
    onGo: (listener) => void (go = listener),
  };
`;

suiteNeeds(missing === null, missing ?? '')('the page of the desktop', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  const PATIENCE = { timeout: 20_000 };
  const go = (to: object): Promise<unknown> => page.evaluate(`double.go(${JSON.stringify(to)})`);
  const asked = (): Promise<string[][]> => page.evaluate('double.asked');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-desktop-'));
    served = await serve(folder, [SAMPLE]);
    browser = await browse();
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    await page.addInitScript(PRELOAD);
    await page.goto(served.url);
    // The tour of the first run lies over everything.
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks over a port, and goes where the menu, a notification or a file leads', async () => {
    await go({ place: '/open?job=1' });
    await page.waitForURL(/#\/c\/1\/overview/);
    await page.locator('a.incident-title').first().waitFor();
    await go({ view: 'flows' });
    await page.waitForURL(/#\/c\/1\/flows/);
    await go({ view: 'history' });
    await page.waitForURL(/#\/history/);
  });

  it('has files chosen, saved and opened by the desktop', async () => {
    await go({ place: '/c/1/flows' });
    await go({ action: 'csv' });
    await expect.poll(asked, PATIENCE).toContainEqual(['save', 'string', 'string']);
    await go({ place: '/c/1/overview' });
    await page.locator('a.incident-title').first().click();
    await page.getByRole('button', { name: 'Open in Wireshark' }).click();
    await expect.poll(asked, PATIENCE).toContainEqual(['openInWireshark', 'string', 'string', 'string']);
    await go({ view: 'open' });
    await page.getByRole('button', { name: 'Choose files' }).click();
    await expect.poll(asked, PATIENCE).toContainEqual(['openFiles']);
  });

  it('gets a new line when the engine died, and asks again', async () => {
    await page.evaluate('double.die()');
    await go({ place: '/history?sample=1' });
    await page.locator('a[href*="/incidents/"]').first().waitFor({ timeout: 15_000 });
    expect(faults).toEqual([]);
  });
});
