import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutTold, type ReportQuality } from '../../../src-shared/domain/capture-quality.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { anonymise } from '../../../src-main/keep/exports/anonymise/write.ts';
import { Pseudonyms } from '../../../src-main/keep/exports/anonymise/pseudonyms.ts';
import { PcapngWriter } from '../../../src-main/keep/exports/pcapng.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import * as fault from '../../generator/faults.ts';
import { LINKTYPE } from '../../generator/frames.ts';
import { homeNetwork, officeNetwork } from '../../generator/scenario.ts';
import { pcapFile, PcapngBuilder, type PacketIn } from '../../generator/write.ts';

const SLOW = 60_000;
let folder: string;
let files = 0;
/** Twelve minutes of a small office, and of a home; few bytes. */
let office: PacketIn[];
let home: PacketIn[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-quality-'));
  office = fault.packetsOf(officeNetwork({ hosts: 4, hours: 0.2, seed: 3, volume: 0.005, format: 'pcap-ns' }).bytes);
  home = fault.packetsOf(homeNetwork({ hosts: 6, hours: 0.2, seed: 5, volume: 0.01, format: 'pcap-ns' }).bytes);
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(bytes: Uint8Array): string {
  const path = join(folder, `capture-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

async function reportOf(paths: readonly string[]): Promise<TriageReport> {
  const result = await triage({ files: [...paths], threads: 1, seed: 1 });
  result.close();
  return result.report;
}

/** What is said of captures of these packets, opened as one. */
async function said(...captures: (readonly PacketIn[])[]): Promise<ReportQuality[]> {
  const { quality } = await reportOf(captures.map((packets) => file(pcapFile(packets, { precision: 'ns' }))));
  return quality ?? [];
}

const codes = (found: readonly ReportQuality[]): string[] => found.map(({ code }) => code);

describe('a capture that can be trusted', { timeout: SLOW }, () => {
  it('has nothing said of it: an office', async () => expect(await said(office)).toEqual([]));
  it('has nothing said of it: a home', async () => expect(await said(home)).toEqual([]));
  it('has nothing said of it: two files that follow each other', async () => {
    const middle = office.length >> 1;
    expect(await said(office.slice(0, middle), office.slice(middle))).toEqual([]);
  });
  it('may have been attacked: scans, floods and guesses do not make it doubtful', async () => {
    const { bytes } = officeNetwork({
      hosts: 4,
      hours: 0.2,
      seed: 4,
      volume: 0.005,
      format: 'pcap-ns',
      attacks: ['port-scan', 'dos-flood', 'brute-force'],
    });
    expect(await said(fault.packetsOf(bytes))).toEqual([]);
  });
});

describe('a capture that cannot be trusted', { timeout: SLOW }, () => {
  it('shows one direction only', async () => {
    const found = await said(fault.oneDirection(office));
    expect(codes(found)).toContain('one-direction');
    expect(found[0]!.message).toMatch(
      /^Of [\d,]+ TCP connections that carried data, [\d,]+ \([\d.]+ %\) show packets of one/,
    );
  });

  it('has packets cut by the snap length, and says how much is missing', async () => {
    const [found, ...more] = await said(fault.cutTo(office, 96));
    expect(found).toMatchObject({
      code: 'packets-cut',
      severity: 'warning',
      guide: 'good-capture.md#packets-cut-short',
    });
    expect(found!.message).toMatch(/were cut, to 96 bytes at most: \d+(\.\d)? % of all bytes are missing/);
    expect(more).toEqual([]);
  });

  it('is an anonymised copy, of which nothing else is missing', async () => {
    const copy = join(folder, 'copy.pcapng');
    const original = file(pcapFile(office, { precision: 'ns' }));
    await anonymise([original], copy, new Pseudonyms(new Uint8Array(32)), 'test');
    const alone = await reportOf([copy]);
    expect(alone.quality).toMatchObject([
      { code: 'anonymised', severity: 'info', guide: 'good-capture.md#an-anonymised-copy' },
    ]);
    expect(alone.quality![0]!.message).toMatch(/^This is a copy that Sonde anonymised/);
    expect(withoutTold(alone.inputs[0]!.warnings, alone.quality)).toEqual([]);
    // Beside a capture that really was cut, both are told.
    const both = await reportOf([copy, file(pcapFile(fault.cutTo(office, 96), { precision: 'ns' }))]);
    expect(codes(both.quality ?? [])).toEqual(expect.arrayContaining(['packets-cut', 'anonymised']));
    // What others write into that comment is theirs, and hides no fault.
    const other = join(folder, 'other.pcapng');
    const writer = new PcapngWriter(other, 'test', 'Anonymised by somebody else');
    for (const { ts, data, originalLength: wire = data.length } of fault.cutTo(office, 60)) {
      const [sec, nano] = [Number(ts / 1_000_000_000n), Number(ts % 1_000_000_000n)];
      writer.add({ link: LINKTYPE.ETHERNET, sec, nano, wire, data });
    }
    writer.close();
    expect(codes((await reportOf([other])).quality ?? [])).toEqual(['packets-cut']);
  });

  it('is of encrypted Wi-Fi', async () => {
    const path = file(pcapFile(fault.onAir(office.slice(0, 500)), { precision: 'ns', linkType: LINKTYPE.IEEE802_11 }));
    const { quality = [] } = await reportOf([path]);
    expect(quality[0]).toMatchObject({ code: 'wifi-encrypted' });
    expect(quality[0]!.message).toContain('500 of 500 Wi-Fi frames are encrypted');
  });

  it('has packets twice, as a mirror port copies them', async () => {
    const [found, ...more] = await said(fault.twice(office));
    expect(found).toMatchObject({ code: 'copies' });
    expect(found!.message).toContain('as a mirror port gives that copies a packet both where it comes in');
    expect(more).toEqual([]);
  });

  it('has packets twice, from both sides of a router', async () => {
    const [found] = await said(fault.twice(office, true));
    expect(found!.message).toContain('both sides of a router are in the capture');
  });

  it('has a clock that went back', async () => {
    const found = await said(fault.clockSet(office, -10_800));
    expect(codes(found)).toContain('clock-jumps');
    expect(found.find(({ code }) => code === 'clock-jumps')!.message).toContain(
      'it went back 1 time, by 3.0 h at most',
    );
  });

  it('has a clock that went far on', async () => {
    const [found] = await said(fault.clockSet(office, 400 * 86_400));
    expect(found).toMatchObject({ code: 'clock-jumps' });
    expect(found!.message).toMatch(/it went on by 400 days in 1 step, while all the rest lasts 12 min/);
  });

  it('has a clock that was never set', async () => {
    const [found] = await said(fault.later(office, -Number(office[0]!.ts / 1_000_000_000n)));
    expect(found!.message).toContain('it was not set: packets are dated before 1985');
  });

  it('is made of files that lie years apart', async () => {
    const [found, ...more] = await said(office, fault.later(office, 3 * 365 * 86_400));
    expect(found).toMatchObject({ code: 'files-apart' });
    expect(found!.message).toMatch(/^Between capture-\d+ and capture-\d+ lie 3 years\.$/);
    expect(more).toEqual([]);
  });

  it('is too short to know what is usual', async () => {
    const begun = office[0]!.ts;
    const found = await said(office.filter(({ ts }) => ts - begun < 20_000_000_000n));
    expect(found).toMatchObject([{ code: 'too-short', severity: 'info' }]);
    expect(found[0]!.message).toMatch(/^The capture lasts \d+ s\./);
  });

  it('is from behind a router that gives its own address to all', async () => {
    const isInside = (address: number): boolean => address >>> 24 === 10 || address >>> 16 === 0xc0a8;
    const [found] = await said(fault.behindNat(home, isInside));
    expect(found).toMatchObject({ code: 'one-address' });
    expect(found!.message).toContain('with times to live of 63 and 127');
  });

  it('is mostly a tunnel', async () => {
    const found = await said(fault.inIpsec(office));
    expect(found[0]).toMatchObject({ code: 'tunnels' });
    expect(found[0]!.message).toMatch(/^100 % of all bytes are in tunnels that stay shut: IPSec [\d.]+ MB\.$/);
  });

  it('has lost packets, as the traffic shows', async () => {
    const [found] = await said(fault.lose(office, 7));
    expect(found).toMatchObject({ code: 'packets-lost' });
    expect(found!.message).toMatch(/TCP connections acknowledge bytes that are not in the capture: /);
  });
});

describe('what the capturing program says that it lost', { timeout: SLOW }, () => {
  const written = async (dropped: bigint[]): Promise<ReportQuality[]> => {
    const builder = new PcapngBuilder().section().interface({ tsresol: 9 });
    for (const { ts, data } of office) builder.packet({ ts, data, interface: 0 });
    for (const lost of dropped) builder.statistics({ ts: office.at(-1)!.ts, interface: 0, dropped: lost });
    return (await reportOf([file(builder.bytes())])).quality ?? [];
  };

  it('is told', async () => {
    const [found] = await written([5000n]);
    expect(found).toMatchObject({ code: 'packets-lost' });
    expect(found!.message).toMatch(/^The program that captured says that it lost 5,000 of [\d,]+ packets \(/);
  });
  it('is a sum since the beginning: the last word of an interface holds', async () => {
    const [found] = await written([4000n, 5000n]);
    expect(found!.message).toContain('lost 5,000 of');
  });
  it('is not told where it is nothing, or no number that can be', async () => {
    expect(await written([0n])).toEqual([]);
    expect(await written([2n ** 63n - 1n])).toEqual([]);
  });
});
