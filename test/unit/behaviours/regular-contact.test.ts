import { describe, expect, it } from 'vitest';
import { RegularContact } from '../../../src-main/detect/behaviours/regular-contact.ts';
import { PROTO, Stage, times, type Ended } from './harness.ts';

const CAMERA = '10.0.0.7';
const CLOUD = '45.9.8.7';

const wobble = (i: number): number => ((i * 7919) % 11) / 11 - 0.5;

function report(at: number, bytes = 600): Ended {
  return {
    at,
    from: CAMERA,
    to: CLOUD,
    respPort: 443,
    proto: PROTO.TCP,
    lasting: 0.2,
    origBytes: bytes,
    respBytes: 1200,
    origPkts: 6 + Math.ceil(bytes / 1400),
    respPkts: 6,
  };
}

const stage = (): Stage => new Stage(() => new RegularContact());
const beats = (count: number): Ended[] => times(count, (i) => report(i * 60 + wobble(i) * 2, 600 + (i % 5) * 10));

describe('a regular contact', () => {
  it('says nothing while it stays as it is', () => {
    const desk = stage();
    expect(desk.see({ flows: beats(300) })).toEqual([]);
  });

  it('is noted when it moves many times the usual at once', () => {
    const desk = stage();
    desk.see({ flows: beats(30) });
    const [finding, ...others] = desk.see({ flows: [report(30 * 60 - 20, 4_000_000), report(30 * 60, 600)] });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'size-anomaly', flowsTotal: 1, ports: [443] });
    expect(finding!.evidence).toEqual([
      { fact: 'Bytes in one connection', value: 4_001_200, unit: 'bytes', expected: 1820 },
    ]);
    expect(desk.names(finding!.sources)).toEqual([CAMERA]);
  });

  it('is noted when it comes many times as often', () => {
    const desk = stage();
    desk.see({ flows: beats(30) });
    expect(desk.see({ flows: times(11, (i) => report(1760 + i * 2)) })).toEqual([]);
    const [finding] = desk.see({ flows: times(5, (i) => report(1782 + i * 2)) });
    expect(finding).toMatchObject({ kind: 'timing-anomaly', flowsTotal: 12 });
    expect(finding!.evidence[0]!.value).toBeLessThan(4);
    expect(finding!.evidence[0]!.expected).toBeCloseTo(60, 0);
  });

  it('is told of once an hour', () => {
    const desk = stage();
    desk.see({ flows: beats(30) });
    const large = times(80, (i) => report(30 * 60 + i * 60, 4_000_000));
    expect(desk.see({ flows: large })).toHaveLength(2);
  });

  it('is no contact whose times or sizes vary, nor one below the floor', () => {
    const person = stage();
    const pauses = [5, 200, 30, 90, 10, 140, 60, 20];
    let at = 0;
    person.see({ flows: times(56, (i) => report((at += pauses[i % 8]!))) });
    expect(person.see({ flows: [report(at + 60, 9_000_000)] })).toEqual([]);
    const browser = stage();
    browser.see({ flows: times(60, (i) => report(i * 60, 500 + ((i * 7919) % 60) * 500)) });
    expect(browser.see({ flows: [report(3700, 9_000_000)] })).toEqual([]);
    const small = stage();
    small.see({ flows: beats(40) });
    expect(small.see({ flows: [report(40 * 60, 240_000)] })).toEqual([]);
  });

  it('does not believe more bytes than its packets could carry', () => {
    const desk = stage();
    desk.see({ flows: beats(40) });
    expect(desk.see({ flows: [{ ...report(40 * 60), origBytes: 3e9, origPkts: 1, respPkts: 1 }] })).toEqual([]);
  });
});
