/**
 * Makes the sample capture: `npm run sample` writes resources/sample/office-hour.pcapng.gz and its truth,
 * office-hour.json. Always the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generate, type CaptureSpec, type Generated } from './scenario.ts';
import type { Truth } from './sim/sim.ts';
import { compress } from './write/files.ts';

export const SAMPLE: CaptureSpec = {
  environment: 'office',
  seed: 20260310,
  hosts: 11,
  hours: 1,
  activity: 0.55,
  volume: 0.02,
  startHour: 9,
  poolSize: 2048,
  interfaceName: 'mirror0',
  attacks: [
    { kind: 'command-and-control/https', at: 120, lasting: 3400 },
    { kind: 'port-scan/syn', at: 720 },
    { kind: 'brute-force/ssh', at: 1320, lasting: 420, intensity: 0.8 },
    { kind: 'dns-tunnel/txt', at: 1500, lasting: 900, intensity: 0.5 },
    { kind: 'policy-violation/ftp', at: 2040, intensity: 0.4 },
    { kind: 'arp-spoofing/gateway', at: 2400, lasting: 300 },
    { kind: 'data-exfiltration/tls', at: 2940, intensity: 0.3 },
    { kind: 'backscatter', at: 300, lasting: 1800, intensity: 0.25 },
  ],
};

const iso = (startSeconds: number, ns: number): string => {
  const whole = new Date((startSeconds + Math.floor(ns / 1e9)) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(Math.floor(ns % 1e9)).padStart(9, '0')}Z`;
};

const event = (g: Generated, t: Truth): Record<string, unknown> => ({
  id: t.id,
  kind: t.kind,
  firstTs: iso(g.startSeconds, t.start),
  lastTs: iso(g.startSeconds, t.end),
  sources: t.sources,
  targets: t.targets,
  note: t.note,
});

/** The truth beside the sample: what happens in it, when, and who. */
export function sampleTruth(g: Generated): Record<string, unknown> {
  return {
    capture: 'office-hour.pcapng.gz',
    madeBy: 'npm run sample',
    seed: SAMPLE.seed,
    sha256: createHash('sha256').update(g.bytes).digest('hex'),
    sha256Of: 'the pcapng before compression',
    packets: g.packets,
    flows: g.labels.length,
    startTs: iso(g.startSeconds, 0),
    incidents: g.truth.filter((t) => t.kind !== 'benign').map((t) => event(g, t)),
    lookalikes: g.truth.filter((t) => t.kind === 'benign').map((t) => event(g, t)),
  };
}

export const makeSample = (): Generated => generate(SAMPLE);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../../resources/sample/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const g = makeSample();
  const packed = compress(g.bytes, 'gzip', 9);
  writeFileSync(`${folder}office-hour.pcapng.gz`, packed);
  writeFileSync(`${folder}office-hour.json`, `${JSON.stringify(sampleTruth(g), null, 2)}\n`);
  process.stdout.write(`office-hour.pcapng.gz: ${g.packets} packets, ${packed.length} bytes compressed\n`);
}
