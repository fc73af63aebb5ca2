import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seeded } from '../../unit/alerts/made.ts';

const INCIDENTS = 1000;
/** Killed when so many were delivered. */
const KILLS = [150, 700, 1400];
const SLOW = 300_000;

interface Taken {
  channel: string;
  key: string;
  title: string;
}

let folder: string;
let server: Server;
let taken: Taken[];
let asked: number;
let onTaken: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-alerts-'));
  taken = [];
  asked = 0;
  onTaken = () => undefined;
  const random = seeded(7);
  server = createServer((request, answer) => {
    let title = '';
    request.setEncoding('utf8').on('data', (text: string) => (title += text));
    request.on('end', () => {
      asked++;
      const luck = random();
      const channel = (request.url ?? '').slice(1);
      const message = { channel, key: String(request.headers['idempotency-key']), title };
      // Half fail: some are refused, some are cut off, and some arrive although it looks as if they had not.
      if (luck < 0.3) return answer.writeHead(503).end();
      if (luck < 0.4) return request.socket.destroy();
      taken.push(message);
      onTaken();
      if (luck < 0.5) return request.socket.destroy();
      return answer.writeHead(200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  /** Incidents that are in the queue. */
  queued(): number;
  ended: Promise<unknown>;
}

function start(path: string, seed: number, from: number): Run {
  const { port } = server.address() as AddressInfo;
  const args = [path, port, INCIDENTS, seed, from].map(String);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = from;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.trim().split('\n');
    last = Math.max(last, Number(lines.at(-1)) || 0);
  });
  return { child, queued: () => last, ended: once(child, 'exit') };
}

describe('alerts of 1,000 incidents through two channels that fail half the time', () => {
  it(
    'all arrive, in order, though the program is killed three times; what comes twice has the same key',
    async () => {
      const path = join(folder, 'kept.db');
      let from = 0;
      for (const [index, at] of KILLS.entries()) {
        const run = start(path, index, from);
        onTaken = () => {
          if (taken.length >= at) run.child.kill('SIGKILL');
        };
        await run.ended;
        expect(run.child.signalCode).toBe('SIGKILL');
        // It may have been in the queue already: then its key keeps it from being there twice.
        from = Math.max(0, run.queued() - 3);
      }
      onTaken = () => undefined;
      const last = start(path, 99, from);
      await last.ended;
      expect(last.child.exitCode).toBe(0);
      for (const channel of ['left', 'right']) {
        const here = taken.filter((each) => each.channel === channel);
        const keys = new Map<string, string>();
        for (const { key, title } of here) {
          expect(keys.get(title) ?? key).toBe(key);
          keys.set(title, key);
        }
        // Every one, the first time each in the order in which they opened.
        expect([...keys.keys()]).toEqual(Array.from({ length: INCIDENTS }, (_, n) => `incident ${n}`));
        expect(new Set(keys.values()).size).toBe(INCIDENTS);
        // There were doubles: what is cut off after it arrived is sent again.
        expect(here.length).toBeGreaterThan(INCIDENTS);
      }
      expect(asked).toBeGreaterThan(INCIDENTS * 3);
      const db = new Database(path, { readonly: true });
      expect(db.prepare('SELECT state, count(*) AS n FROM alert_deliveries GROUP BY state').all()).toEqual([
        { state: 'delivered', n: INCIDENTS * 2 },
      ]);
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
    },
    SLOW,
  );
});
