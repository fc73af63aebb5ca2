/**
 * What Sigma rules cost: `npm run bench:sigma [CAPTURE]`. Without a capture, an office's hour is generated. For 0, 100, 1,000
 * and 5,000 generated rules of the shapes that public sets have: how long they take to load, packets per second of the
 * whole triage, learned scores apart, as the best of three runs (both by the processor's time); and of how many rules a line was looked at by on average.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sigma } from '../../src-main/detect/signatures/sigma/sigma.ts';
import type { SigmaMatch } from '../../src-main/detect/signatures/sigma/match.ts';
import { triage } from '../../src-main/run/pipeline/triage.ts';
import { Rng } from '../generator/prng.ts';
import { generateToFile } from '../generator/scenario.ts';

const RUNS = 3;
const COUNTS = [0, 100, 1000, 5000];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789-';

/** As in public sets: mostly names, targets and agents by some of their letters, few by ports, networks or expressions alone. */
function rule(rng: Rng, number: number): string {
  const word = (n: number): string => Array.from({ length: n }, () => LETTERS[rng.int(0, LETTERS.length - 1)]).join('');
  const list = (n: number, make: () => string): string => `[${Array.from({ length: n }, make).join(', ')}]`;
  const of = (source: string, searches: string, condition: string): string =>
    `title: Rule ${number}\nid: ${number}\nlogsource: ${source}\ndetection:\n${searches}  condition: ${condition}\nlevel: medium\n`;
  const zeek = (service: string): string => `{product: zeek, service: ${service}}`;
  switch (rng.int(0, 9)) {
    case 0:
    case 1:
      return of(zeek('dns'), `  s:\n    query|endswith: ${list(5, () => `.${word(9)}.com`)}\n`, 's');
    case 2:
      return of(
        '{category: dns}',
        `  s:\n    query|contains: ${word(8)}\n  f:\n    query|endswith: .${word(6)}\n`,
        's and not f',
      );
    case 3:
    case 4:
      return of(
        '{category: proxy}',
        `  s:\n    c-uri|contains: ${list(4, () => `/${word(7)}`)}\n    cs-method: POST\n  a:\n    c-useragent|startswith: ${word(7)}\n`,
        '1 of them',
      );
    case 5:
      return of(zeek('http'), `  s:\n    user_agent|re: "${word(6)}[0-9]+"\n    uri|endswith: .${word(4)}\n`, 's');
    case 6:
      return of(zeek('ssl'), `  s:\n    server_name|endswith: .${word(8)}.net\n  j:\n    ja3: ${word(32)}\n`, 's or j');
    case 7:
      return of(zeek('smb_files'), `  s:\n    name|endswith: ['\\${word(6)}.exe', '\\${word(6)}.dll']\n`, 's');
    case 8:
      return of(
        zeek('conn'),
        `  s:\n    id.resp_h: ${list(4, () => `"${[0, 0, 0, 0].map(() => rng.int(1, 250)).join('.')}"`)}\n`,
        's',
      );
    default:
      return of(
        zeek('conn'),
        `  s:\n    id.resp_p: ${rng.int(1, 65_535)}\n    id.resp_h|cidr: ${rng.int(1, 220)}.0.0.0/8\n  timeframe: 5m\n`,
        's | count(id.resp_h) by id.orig_h > 20',
      );
  }
}

/** Milliseconds of the processor's time: other programs do not count. */
function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function load(count: number): { sigma: Sigma; ms: number } {
  const rng = new Rng(7);
  const text = Array.from({ length: count }, (_, i) => rule(rng, i + 1)).join('---\n');
  const began = process.cpuUsage();
  const sigma = Sigma.of([{ file: 'generated', text }]);
  return { sigma, ms: spent(began) };
}

interface Measured {
  perSecond: number;
  lines: number;
  looks: number;
}

async function measure(path: string, sigma: Sigma): Promise<Measured> {
  let match: SigmaMatch | undefined;
  // What was looked at is asked of the run itself.
  const make = sigma.behaviour.bind(sigma);
  sigma.behaviour = () => (match = make());
  const began = process.cpuUsage();
  const result = await triage({ files: [path], seed: 1, threads: 1, ...(sigma.loaded > 0 ? { sigma } : {}) });
  const seconds = spent(began) / 1000;
  result.close();
  const { events = 0, looks = 0 } = match?.work ?? {};
  return { perSecond: (result.report.inputs[0]?.packets ?? 0) / seconds, lines: events, looks };
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-sigma-'));
try {
  const path = process.argv[2] ?? join(folder, 'office.pcap');
  if (process.argv[2] === undefined)
    await generateToFile({ environment: 'office', hours: 1, seed: 3, maxPackets: 60_000 }, path);
  let none = 0;
  for (const count of COUNTS) {
    const { sigma, ms } = load(count);
    let best: Measured = { perSecond: 0, lines: 0, looks: 0 };
    for (let run = 0; run < RUNS; run++) {
      const one = await measure(path, sigma);
      if (one.perSecond > best.perSecond) best = one;
    }
    if (count === 0) none = best.perSecond;
    const share = Math.round((best.perSecond / none) * 100);
    const each = best.lines === 0 ? '' : `, ${best.lines} lines, ${(best.looks / best.lines).toFixed(2)} rules a line`;
    process.stdout.write(
      `${String(count).padStart(6)} rules: loaded in ${Math.round(ms)} ms (${sigma.set.refusedTotal} refused), ${Math.round(best.perSecond)} packets/s, ${share} % of none${each}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
