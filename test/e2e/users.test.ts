import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword, readUsers, type User } from '../../src-main/run/serve/users.ts';
import { suiteNeeds } from '../setup/skip.ts';
import {
  browse,
  goTo,
  missing,
  SAMPLE,
  serve,
  serveHere,
  skipTour,
  visit,
  type Served,
  type Visit,
} from './support.ts';

const MINUTES = 60_000;
const PASSWORD = 'correct horse battery';
const OTHER = 'another good phrase';
/** Not of this machine: what listens there is beyond loopback. */
const EVERYWHERE = '0.0.0.0';

/** A certificate for localhost and 127.0.0.1 that vouches for itself. */
function makeCertificate(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = 'subjectAltName=DNS:localhost,DNS:desk.example,IP:127.0.0.1';
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', [...args, '-subj', '/CN=desk.example', '-addext', names, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return { cert, key };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const lacking = missing ?? (hasOpenssl() ? null : 'openssl is not installed');

suiteNeeds(lacking === null, lacking ?? '')('named users beyond loopback', () => {
  let folder: string;
  let cert: string;
  let key: string;
  let users: User[];
  let usersFile: string;
  let served: Served;
  let browser: Browser;
  const insecure = { ignoreHTTPSErrors: true };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-users-'));
    ({ cert, key } = makeCertificate(folder));
    const [password, other] = [await hashPassword(PASSWORD), await hashPassword(OTHER)];
    usersFile = join(folder, 'users.json');
    const list = [
      { name: 'vic', role: 'viewer', password },
      { name: 'ann', role: 'analyst', password },
      { name: 'ada', role: 'admin', password: other },
    ];
    writeFileSync(usersFile, JSON.stringify({ schema: 'sonde.users/1', users: list }));
    users = readUsers(usersFile);
    const secure = ['--listen', EVERYWHERE, '--tls-cert', cert, '--tls-key', key, '--users', usersFile];
    served = await serve(folder, ['--db', join(folder, 'desk.db'), ...secure, SAMPLE]);
    browser = await browse();
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const address = (): string => `https://127.0.0.1:${served.port}/`;

  async function fill(page: Page, user: string, password: string): Promise<void> {
    await page.getByLabel('Name').fill(user);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  async function signedIn(user: string, password = PASSWORD, url = address()): Promise<Visit> {
    const visited = await visit(browser, url, 'light', insecure);
    visited.page.setDefaultTimeout(30_000);
    await fill(visited.page, user, password);
    await visited.page.getByRole('navigation', { name: 'Views' }).waitFor();
    return visited;
  }

  describe('TLS', () => {
    interface Shaken {
      protocol: string | null;
      fingerprint: string;
    }

    const options = (): { host: string; port: number } => ({ host: '127.0.0.1', port: Number(served.port) });

    function handshake(more: ConnectionOptions = {}): Promise<Shaken> {
      return new Promise((resolve, reject) => {
        const socket: TLSSocket = connect({ ...options(), ca: readFileSync(cert), ...more }, () => {
          const told = { protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 };
          socket.end();
          resolve(told);
        });
        socket.on('error', reject);
      });
    }

    function get(headers: Record<string, string>): Promise<number> {
      return new Promise((resolve, reject) => {
        const to = { ...options(), servername: 'desk.example', ca: readFileSync(cert) };
        const asked = request({ ...to, path: '/', headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        asked.on('error', reject);
        asked.end();
      });
    }

    it('shows the certificate that was given, and speaks nothing older than 1.2', async () => {
      const { fingerprint256 } = new X509Certificate(readFileSync(cert));
      expect(await handshake()).toEqual({ protocol: 'TLSv1.3', fingerprint: fingerprint256 });
      expect((await handshake({ maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
      const old = handshake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
      await expect(old).rejects.toThrow();
    });

    it('answers nothing in the clear', async () => {
      await expect(fetch(`http://127.0.0.1:${served.port}/`)).rejects.toThrow();
    });

    it('knows only the names of its certificate, and addresses', async () => {
      const at = (name: string): Promise<number> => get({ host: `${name}:${served.port}` });
      expect(await at('desk.example')).toBe(200);
      expect(await at('127.0.0.1')).toBe(200);
      expect(await at('evil.example')).toBe(403);
    });

    it('is not there without users, nor users without it', async () => {
      const ways = [
        ['--tls-cert', cert, '--tls-key', key],
        ['--users', usersFile],
      ];
      for (const args of ways) {
        await expect(serve(join(folder, 'no'), ['--listen', EVERYWHERE, ...args])).rejects.toThrow('ended at once');
      }
    });
  });

  it('asks for name and password, says when they are wrong, and sets a cookie that only TLS carries', async () => {
    const { page, context, complaints } = await visit(browser, address(), 'light', insecure);
    page.setDefaultTimeout(30_000);
    expect(new URL(served.url).hash).toBe('');
    await page.getByRole('heading', { name: 'Sign in to Sonde' }).waitFor();
    await fill(page, 'ada', 'not her password');
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
    await fill(page, 'nobody', PASSWORD);
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
    expect(await context.cookies()).toEqual([]);
    await fill(page, 'ada', OTHER);
    await page.getByRole('navigation', { name: 'Views' }).getByText('ada, admin').waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({
      name: `__Host-sonde-${served.port}`,
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    });
    // What the browser says of refused sign-ins and of a socket without a session is no fault of the page.
    expect(complaints.filter((text) => !/40[13]|WebSocket/.test(text))).toEqual([]);
    await skipTour(page);
    await context.close();
  });

  it('a viewer sees everything and is offered no change, with the reason', async () => {
    const { page, context } = await signedIn('vic');
    const locked = async (name: string | RegExp): Promise<void> => {
      const button = page.getByRole('button', { name }).first();
      await button.waitFor();
      expect([name, await button.isDisabled()]).toEqual([name, true]);
      expect(await button.getAttribute('title')).toContain('viewer');
    };
    await page.getByText('You are signed in as a viewer, who may look at everything and change nothing.').waitFor();
    await locked('Choose files');
    await locked('Open the sample capture');
    await locked(/^Actions for office-hour/);
    await page.getByRole('row').filter({ hasText: 'office-hour' }).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /critical/ }).waitFor();
    await page
      .getByRole('link', { name: /guessed passwords/ })
      .first()
      .click();
    for (const name of ['Set status', 'Silence as expected', 'Packets for Wireshark']) await locked(name);
    await page.keyboard.press('s');
    await page.keyboard.press('m');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await goTo(page, 'c/1/flows');
    await locked('Export');
    await goTo(page, 'settings');
    await page.getByText('Your role may look at the settings and not change them.').waitFor();
    await context.close();
  });

  it('a viewer’s browser that tries all the same is refused by the program', async () => {
    const { page, context } = await signedIn('vic');
    const answers = await page.evaluate(async (port) => {
      const key = localStorage.getItem('sonde-key')!;
      const headers = { 'x-sonde-key': key };
      const upload = await fetch('./upload?name=x.pcap', { method: 'POST', headers, body: 'x' });
      const socket = new WebSocket(`wss://127.0.0.1:${port}/socket`, ['sonde', key]);
      await new Promise((resolve) => socket.addEventListener('open', resolve));
      const ask = (id: number, name: string, input: unknown): Promise<string> =>
        new Promise((resolve) => {
          socket.addEventListener('message', ({ data }) => {
            const told = JSON.parse(String(data)) as { id: number; type: string; error?: { code: string } };
            if (told.id === id) resolve(told.error?.code ?? told.type);
          });
          socket.send(JSON.stringify({ type: 'call', id, name, input }));
        });
      return [
        upload.status,
        await ask(1, 'captures.list', {}),
        await ask(2, 'suppressions.create', { scope: { kind: 'dga' } }),
        await ask(3, 'captures.import', { sources: [{ kind: 'sample' }] }),
        await ask(4, 'captures.remove', { capture: 1 }),
        await ask(5, 'exports.packets', { capture: 1 }),
      ];
    }, served.port);
    expect(answers).toEqual([403, 'result', ...Array.from({ length: 4 }, () => 'not-allowed')]);
    await context.close();
  });

  it('an analyst decides, and the log says who', async () => {
    const { page, context } = await signedIn('ann');
    await goTo(page, 'c/1/incidents');
    await page.getByRole('link', { name: /tried 1,000 ports/ }).click();
    await page.getByRole('button', { name: 'Silence as expected' }).click();
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByText('1 incident silenced.').waitFor();
    await goTo(page, 'audit');
    const entry = page.getByRole('row').filter({ hasText: 'silenced' }).first();
    await entry.getByText('ann').waitFor();
    await page.getByRole('row').filter({ hasText: 'was refused' }).filter({ hasText: 'nobody' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'open' }).filter({ hasText: 'vic' }).waitFor();
    await context.close();
  });

  it('signing out leaves nothing behind: the page, the way back and the cookie', async () => {
    const { page, context } = await signedIn('ann');
    await goTo(page, 'c/1/overview');
    await page.getByRole('heading', { level: 1, name: /critical/ }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sonde' }).waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in to Sonde' }).waitFor();
    await fill(page, 'vic', PASSWORD);
    await page.getByRole('navigation', { name: 'Views' }).getByText('vic, viewer').waitFor();
    await context.close();
  });

  describe('with a clock of the test’s own', () => {
    it('guessing is slowed down, a session expires, and both say what to do', async () => {
      let now = Date.now();
      const own = join(folder, 'own');
      mkdirSync(own, { recursive: true });
      const tls = { cert: readFileSync(cert), key: readFileSync(key) };
      const here = await serveHere(own, { users, tls, now: () => now });
      try {
        const { page, context } = await visit(browser, here.url, 'light', insecure);
        page.setDefaultTimeout(30_000);
        for (let i = 0; i < 5; i++) {
          const answered = page.waitForResponse((response) => response.url().endsWith('/session'));
          await fill(page, 'vic', `guess number ${i}`);
          expect((await answered).status()).toBe(401);
        }
        await fill(page, 'vic', PASSWORD);
        await page.getByRole('alert').getByText('Too many wrong tries. Wait 1 s.').waitFor();
        now += 1001;
        await fill(page, 'vic', PASSWORD);
        await page.getByRole('navigation', { name: 'Views' }).getByText('vic, viewer').waitFor();
        now += 8 * 24 * 3_600_000;
        await page.reload();
        await page.getByRole('heading', { name: 'Sign in to Sonde' }).waitFor();
        await fill(page, 'vic', PASSWORD);
        await page.getByRole('navigation', { name: 'Views' }).getByText('vic, viewer').waitFor();
        await context.close();
      } finally {
        await here.end();
      }
    });
  });
});
