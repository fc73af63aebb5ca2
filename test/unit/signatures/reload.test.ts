/** Rules that are loaded anew while packets come. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuleEngine } from '../../../src-main/detect/signatures/engine/engine.ts';
import type { RuleSet } from '../../../src-main/detect/signatures/rules/parse.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { ruleFiles, ruleTexts, stateOfFiles } from '../../../src-main/run/pipeline/rules/files.ts';
import { LiveRules } from '../../../src-main/run/pipeline/rules/live-rules.ts';
import { loadRules } from '../../../src-main/run/pipeline/rules/load.ts';
import { readText } from '../../../src-main/run/pipeline/rules/read-text.ts';
import { readSigma } from '../../../src-main/run/pipeline/sigma-files.ts';
import { needs } from '../../setup/skip.ts';
import { batchOf, rulesOf, Talk } from './talk.ts';

const TCP = 'alert tcp any any -> any any';
const EVIL = `${TCP} (content:"EVILWORD"; sid:1; rev:1;)`;

/** Alerts by sid, with other rules from the frame `at` on. */
function told(before: RuleSet, after: RuleSet, frames: readonly Uint8Array[], at: number): Record<number, number> {
  const meter = makeMeter();
  const engine = new RuleEngine({ set: before, hosts: meter.hosts });
  meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
  engine.observe(meter.push(batchOf(frames.slice(0, at), 0)));
  engine.reload(after);
  engine.observe(meter.push(batchOf(frames.slice(at), at)));
  engine.observe(meter.finish());
  engine.finish();
  return Object.fromEntries(engine.report().signatures.map(({ sid, count }) => [sid, count]));
}

describe('rules that are loaded anew', () => {
  const talk = new Talk().open().up('xxEVIL').up('WORDxx').close();

  it('go on with streams that began before, at any packet', () => {
    for (let at = 0; at <= talk.frames.length; at++)
      expect(told(rulesOf(EVIL), rulesOf(`${TCP} (content:"never"; sid:0;)`, EVIL), talk.frames, at)).toEqual({ 1: 1 });
  });

  it('find in what comes what they were not asked for before', () => {
    expect(told(rulesOf(''), rulesOf(EVIL), talk.frames, 3)).toEqual({ 1: 1 });
    expect(told(rulesOf(EVIL), rulesOf(''), talk.frames, 4)).toEqual({});
    // Bytes that no rule asked for are not kept.
    expect(told(rulesOf(''), rulesOf(EVIL), talk.frames, 4)).toEqual({});
  });

  it('go on with flags of flows and with counts, and tell once a flow only once', () => {
    const rules = [
      `${TCP} (content:"EVIL"; flowbits:set,evil; noalert; sid:1;)`,
      `${TCP} (content:"WORD"; flowbits:isset,evil; sid:2;)`,
      `${TCP} (content:"xx"; detection_filter:track by_src,count 1,seconds 60; sid:3;)`,
      `alert tcp any any -> any 80 (flow:to_server; flags:S; sid:4;)`,
      'alert tcp any any -> any any (flow:to_server; sid:5;)',
    ];
    const frames = new Talk().open().up('xxEVIL').down('ok').up('WORDxx').down('ok').close().frames;
    const whole = told(rulesOf(...rules), rulesOf(...rules), frames, 0);
    expect(whole[2]).toBe(1);
    for (let at = 1; at < frames.length; at++)
      expect(told(rulesOf(...rules), rulesOf(`${TCP} (content:"zz"; sid:9;)`, ...rules), frames, at)).toEqual(whole);
  });
});

describe('files of rules', () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sonde-rules-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of a folder that end in .rules, by name, and each once', async () => {
    for (const name of ['b.rules', 'a.rules', 'readme.txt']) writeFileSync(file(name), EVIL);
    expect(await ruleFiles([folder, file('a.rules'), file('readme.txt')])).toEqual(
      ['a.rules', 'b.rules', 'readme.txt'].map(file),
    );
  });

  it('are asked for where there are none', async () => {
    await expect(ruleFiles([folder])).rejects.toThrow('no file in it ends in .rules');
    await expect(ruleTexts([file('none.rules')])).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are loaded in turns as they are at once, with their lines', async () => {
    const texts = Array.from({ length: 450 }, (_, i) => `${TCP} (content:"w${i}"; sid:${i + 1};)`);
    texts[300] = `${TCP} (frobnicate; sid:301;)`;
    const set = await loadRules([{ file: 'f', text: texts.join('\n') }], { isOff: ({ sid }) => sid === 5 });
    expect(set.rules).toHaveLength(448);
    expect(set.rules.map(({ order }) => order)).toEqual(set.rules.map((_, i) => i));
    expect(set.refused).toMatchObject([{ file: 'f', line: 301, sid: 301, keyword: 'frobnicate' }]);
  });

  needs(process.platform === 'linux', 'written for Linux')(
    'that a pipe took the place of hold nothing up, and are read when they are back',
    async () => {
      writeFileSync(file('a.rules'), EVIL);
      const seen: string[] = [];
      const rules = await LiveRules.open({
        load: async () => loadRules(await ruleTexts([file('a.rules')])),
        state: () => stateOfFiles([file('a.rules')]),
        onReloaded: (set) => seen.push(`${set.rules.length} rules`),
        onFailure: (error) => seen.push(error instanceof Error ? error.message : ''),
        lookMs: 20,
      });
      try {
        rules.watch();
        rmSync(file('a.rules'));
        execFileSync('mkfifo', [file('a.rules')]);
        await expect.poll(() => seen.at(-1), { timeout: 5000 }).toContain('not a regular file');
        rmSync(file('a.rules'));
        writeFileSync(file('a.rules'), `${EVIL}\n${TCP} (content:"two"; sid:2;)`);
        await expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe('2 rules');
      } finally {
        rules.end();
      }
    },
  );

  needs(process.platform === 'linux', 'written for Linux')(
    'of any kind that are pipes or devices are refused at once',
    async () => {
      execFileSync('mkfifo', [file('pipe')]);
      for (const path of [file('pipe'), '/dev/zero']) {
        await expect(ruleTexts([path])).rejects.toMatchObject({ code: 'read-failed' });
        await expect(readSigma([path])).rejects.toMatchObject({ code: 'read-failed' });
      }
      writeFileSync(file('long'), 'x'.repeat(11));
      await expect(readText(file('long'), 10)).rejects.toThrow('larger than');
      expect(await readText(file('long'), 11)).toHaveLength(11);
    },
  );

  it('are read again when they change and are whole; what cannot be read leaves those before', async () => {
    writeFileSync(file('a.rules'), EVIL);
    const seen: string[] = [];
    const rules = await LiveRules.open({
      load: async () => loadRules(await ruleTexts([folder])),
      state: () => stateOfFiles([folder]),
      onReloaded: (set) => seen.push(`${set.rules.length} rules`),
      onFailure: (error) => seen.push(error instanceof Error ? error.message : ''),
      lookMs: 20,
    });
    try {
      rules.watch();
      await wait(100);
      expect(seen).toEqual([]);
      writeFileSync(file('b.rules'), `${TCP} (content:"two"; sid:2;)`);
      await expect.poll(() => seen, { timeout: 5000 }).toEqual(['2 rules']);
      rmSync(folder, { recursive: true });
      await expect.poll(() => seen.length, { timeout: 5000 }).toBe(2);
      expect(seen[1]).toContain('no such file');
      expect(rules.loaded.rules).toHaveLength(2);
    } finally {
      rules.end();
    }
  });
});
