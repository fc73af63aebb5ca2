/**
 * What rules of signatures cost: `npm run bench:rules [CAPTURE]`. Without a capture, an office's hour is generated. For
 * 0, 1,000, 10,000 and 30,000 generated rules of the shapes that public sets have: how long they take to load, with all that
 * is needed to find them, and packets per second of processor time of the whole triage, learned scores apart, as the best of
 * seven runs. Runs of all counts take turns, so that what else the machine does meets all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuleEngine } from '../../src-main/detect/signatures/engine/engine.ts';
import { indexOf } from '../../src-main/detect/signatures/engine/index.ts';
import { emptyRuleSet, orderRules, parseRules, type RuleSet } from '../../src-main/detect/signatures/rules/parse.ts';
import type { HostTable } from '../../src-main/meter/hosts.ts';
import { triage } from '../../src-main/run/pipeline/triage.ts';
import { Rng } from '../generator/prng.ts';
import { generateToFile } from '../generator/scenario.ts';

const RUNS = 7;
const COUNTS = [0, 1000, 10_000, 30_000];
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

const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-rules-'));
try {
  const path = process.argv[2] ?? join(folder, 'office.pcap');
  if (process.argv[2] === undefined)
    await generateToFile({ environment: 'office', hours: 1, seed: 3, maxPackets: 60_000 }, path);
  const loaded = COUNTS.map((count) => ({ count, ...load(count), best: 0 }));
  for (let run = 0; run < RUNS; run++)
    for (const one of loaded) one.best = Math.max(one.best, await measure(path, one.set));
  const none = loaded[0]!.best;
  for (const { count, set, ms, best } of loaded) {
    const share = Math.round((best / none) * 100);
    process.stdout.write(
      `${String(count).padStart(6)} rules: loaded in ${Math.round(ms)} ms (${set.refusedTotal} refused), ${Math.round(best)} packets a second of processor time, ${share} % of none\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
