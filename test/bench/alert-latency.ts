/**
 * `npm run bench:alerts [-- --runs N]` (default 10): how long it takes from the packet that decides an incident until the
 * other side of a webhook on this machine has the alert, by `sonde watch` and by a live session of the desk (which first
 * waits until the incident is stored and judged). A scan of 300 ports in 1.5 s, played at its own speed; each run is a
 * process, or a desk, of its own. Timed by one clock: from the deciding packet to the event (`latencyMs`), and on from
 * there to the request's arrival.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MemorySecrets } from '../../src-main/keep/alerts/secrets.ts';
import { openDesk } from '../../src-main/run/api/desk.ts';
import { makeClient } from '../../src-shared/contract/client.ts';
import { memoryLine } from '../../src-shared/contract/double.ts';
import { contract } from '../../src-shared/contract/index.ts';
import { pcapFile } from '../generator/write.ts';
import { calm, scan } from '../integration/cli/captures.ts';
import { MAIN } from '../integration/cli/run.ts';

const SECOND = 1_000_000_000n;
const folder = mkdtempSync(join(tmpdir(), 'sonde-alert-latency-'));
const path = join(folder, 'scan.pcap');

/** Traffic goes on behind the scan: an incident is looked for while packets come. */
function capture(): Uint8Array {
  const packets = scan(300);
  const [begin, end] = [calm()[0]!.ts, packets.at(-1)!.ts];
  const after = [2n, 4n, 6n].flatMap((s) =>
    calm().map(({ ts, data }) => ({ ts: ts - begin + end + s * SECOND, data })),
  );
  return pcapFile([...packets, ...after]);
}

interface Mark {
  uid: string;
  at: number;
  latencyMs: number;
}

const arrivals = new Map<string, number>();
const server = createServer((request, answer) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    const { incident } = JSON.parse(body) as { incident?: { uid: string } };
    if (incident && !arrivals.has(incident.uid)) arrivals.set(incident.uid, Date.now());
    answer.writeHead(200).end();
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const settings = { url, allowPrivate: true };

async function byWatch(run: number): Promise<Mark | undefined> {
  const file = join(folder, 'settings.json');
  const channels = [{ id: 'ops', kind: 'webhook', settings }];
  writeFileSync(file, JSON.stringify({ schema: 'sonde.settings/1', channels }));
  const args = ['watch', '--json', '--replay', path, '--settings', file];
  const env = { ...process.env, XDG_DATA_HOME: join(folder, `data-${run}`) };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let [rest, mark] = ['', undefined as Mark | undefined];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { event: string; kind?: string; uid?: string; latencyMs?: number | null };
      if (mark || event.event !== 'incident' || event.kind !== 'port-scan') continue;
      mark = { uid: event.uid ?? '', at: Date.now(), latencyMs: event.latencyMs ?? 0 };
    }
  });
  await once(child, 'close');
  return mark;
}

async function byDesk(run: number): Promise<Mark | undefined> {
  const database = join(folder, `desk-${run}.db`);
  const desk = await openDesk({ paths: true, database, secrets: new MemorySecrets() });
  const [near, far] = memoryLine();
  desk.dispatcher.serve(far, { user: 'bench', role: 'admin', host: 'desktop' });
  const client = makeClient(contract, near);
  await client.alerts.setChannel({ name: 'Ops', kind: 'webhook', settings });
  let mark: Mark | undefined;
  const end = desk.live.listen((event) => {
    if (mark || event.type !== 'incident' || event.incident.incident.kind !== 'port-scan') return;
    const { incident, latencyMs } = event.incident;
    mark = { uid: incident.uid, at: Date.now(), latencyMs: latencyMs ?? 0 };
  });
  await client.live.start({ kind: 'file', file: { kind: 'path', path }, speed: 1 });
  while (desk.live.session()?.state !== 'ended') await new Promise((resolve) => setTimeout(resolve, 50));
  end();
  await desk.close();
  return mark;
}

const at = (sorted: readonly number[], share: number): string =>
  `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN} ms`;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
writeFileSync(path, capture());
for (const [name, one] of [
  ['sonde watch', byWatch],
  ['the desk', byDesk],
] as const) {
  const times: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    arrivals.clear();
    const mark = await one(run);
    const arrived = mark && arrivals.get(mark.uid);
    // The event and the request may arrive in either order.
    if (mark && arrived !== undefined) times.push(Math.round(mark.latencyMs + Math.max(0, arrived - mark.at)));
  }
  const sorted = times.toSorted((a, b) => a - b);
  const load = loadavg()[0]?.toFixed(0) ?? '';
  process.stdout.write(
    `${name}: ${sorted.length} of ${values.runs} delivered; median ${at(sorted, 0.5)}, worst ${at(sorted, 1)}; load ${load}\n`,
  );
}
server.closeAllConnections();
server.close();
rmSync(folder, { recursive: true, force: true });
