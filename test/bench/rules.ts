/**
 * What rules of signatures cost: `npm run bench:rules [CAPTURE]`. Without a capture, an office's hour is generated. For
 * 0, 1,000, 10,000 and 30,000 generated rules of the shapes that public sets have: how long they take to load, with all that
 * is needed to find them, and packets per second of processor time of the whole triage, learned scores apart, as the best of
 * the runs. None are a triage without rules, behaviours included. Each count has a process of its own; their runs take turns,
 * so that what else the machine does meets all of them. The share of the rate of none is told of the best runs, and as the median of the turns,
 * which a busy machine disturbs less.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuleEngine } from '../../src-main/detect/signatures/engine/engine.ts';
import { indexOf } from '../../src-main/detect/signatures/engine/index.ts';
import { emptyRuleSet, orderRules, parseRules, type RuleSet } from '../../src-main/detect/signatures/rules/parse.ts';
import type { HostTable } from '../../src-main/meter/hosts.ts';
import { triage } from '../../src-main/run/pipeline/triage.ts';
import { Rng } from '../generator/prng.ts';
import { generateToFile } from '../generator/scenario.ts';

const RUNS = Number(process.env['SONDE_BENCH_RUNS'] ?? 9);
const COUNTS = [0, 1000, 10_000, 30_000];
const CHILD = '--one';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789/-_.=';

/** As in public sets: mostly HTTP, DNS and TLS by name, some payloads with a regular expression, some datagrams. */
function rule(rng: Rng, sid: number): string {
  const word = (n: number): string => Array.from({ length: n }, () => LETTERS[rng.int(0, LETTERS.length - 1)]).join('');
  const hex = (): string => rng.int(0, 255).toString(16).padStart(2, '0');
  const kind = rng.int(0, 9);
  const tail = `classtype:trojan-activity; sid:${sid}; rev:1;)`;
  if (kind < 4)
    return `alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"web ${sid}"; flow:established,to_server; http.uri; content:"/${word(8)}"; http.user_agent; content:"${word(6)}"; nocase; ${tail}`;
  if (kind < 6)
    return `alert dns $HOME_NET any -> any any (msg:"name ${sid}"; dns.query; dotprefix; content:".${word(10)}.com"; nocase; endswith; ${tail}`;
  if (kind < 7)
    return `alert tls $HOME_NET any -> $EXTERNAL_NET any (msg:"tls ${sid}"; flow:established,to_server; tls.sni; content:"${word(9)}.net"; endswith; ${tail}`;
  if (kind < 9)
    return `alert tcp any any -> any [80,443,445,8080] (msg:"payload ${sid}"; flow:established; content:"${word(4)}|00 ${hex()}|${word(5)}"; content:"${word(4)}"; distance:0; pcre:"/${word(3)}[0-9]+/i"; ${tail}`;
  return `alert udp any any -> any any (msg:"datagram ${sid}"; content:"|${hex()} 01 ${hex()} ${hex()}|${word(3)}"; depth:16; ${tail}`;
}

function load(count: number): { set: RuleSet; ms: number } {
  const rng = new Rng(7);
  const text = Array.from({ length: count }, (_, i) => rule(rng, i + 1)).join('\n');
  const began = performance.now();
  const set = emptyRuleSet();
  parseRules(text, 'generated', set);
  orderRules(set);
  indexOf(set);
  return { set, ms: performance.now() - began };
}

/** Packets per second of processor time. */
async function measure(path: string, set: RuleSet): Promise<number> {
  const began = process.cpuUsage();
  const signatures = set.rules.length === 0 ? {} : { signatures: engineOf(set) };
  const result = await triage({ files: [path], seed: 1, threads: 1, ...signatures });
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  result.close();
  return (result.report.inputs[0]?.packets ?? 0) / seconds;
}

function engineOf(set: RuleSet): (hosts: HostTable) => RuleEngine {
  return (hosts) => new RuleEngine({ set, hosts });
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

interface Loaded {
  ms: number;
  refused: number;
}

/** A process of its own for each count, as people have it: what others hold in memory costs it nothing. */
class Runner {
  readonly count: number;
  readonly rates: number[] = [];
  readonly loaded: Promise<Loaded>;
  private readonly child: ChildProcess;

  constructor(count: number, path: string) {
    this.count = count;
    this.child = fork(fileURLToPath(import.meta.url), [path, CHILD, String(count)]);
    this.loaded = this.answer() as Promise<Loaded>;
  }

  async turn(): Promise<void> {
    const rate = this.answer();
    this.child.send('run');
    this.rates.push((await rate) as number);
  }

  end(): void {
    this.child.disconnect();
  }

  private answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.once('message', resolve);
      this.child.once('exit', (code) => {
        reject(new Error(`a run ended with ${code}`));
      });
    });
  }
}

function serve(path: string, count: number): void {
  const { set, ms } = load(count);
  process.on('message', () => void measure(path, set).then((rate) => process.send!(rate)));
  process.send!({ ms, refused: set.refusedTotal });
}

async function compare(path: string): Promise<void> {
  const runners = COUNTS.map((count) => new Runner(count, path));
  const loaded = await Promise.all(runners.map((one) => one.loaded));
  for (let run = 0; run < RUNS; run++) for (const one of runners) await one.turn();
  const none = runners[0]!.rates;
  for (const [i, { count, rates }] of runners.entries()) {
    const { ms, refused } = loaded[i]!;
    const best = Math.max(...rates);
    const turns = rates.map((rate, turn) => rate / none[turn]!).sort((a, b) => a - b);
    const share = `${percent(best / Math.max(...none))} of none (median of ${RUNS} turns ${percent(turns[RUNS >> 1]!)})`;
    process.stdout.write(
      `${String(count).padStart(6)} rules: loaded in ${Math.round(ms)} ms (${refused} refused), ${Math.round(best)} packets a second of processor time, ${share}\n`,
    );
  }
  for (const one of runners) one.end();
}

async function main(given: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-rules-'));
  try {
    const path = given ?? join(folder, 'office.pcap');
    if (given === undefined)
      await generateToFile({ environment: 'office', hours: 1, seed: 3, maxPackets: 60_000 }, path);
    await compare(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [given, role, count] = process.argv.slice(2);
if (role === CHILD) serve(given!, Number(count));
else await main(given);
