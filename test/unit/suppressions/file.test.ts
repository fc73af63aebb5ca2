import { describe, expect, it } from 'vitest';
import { fileText, judgeFile, silencingKey } from '../../../src-shared/contract/topics/suppression-file.ts';

const file = (...suppressions: unknown[]): string => JSON.stringify({ schema: 'sonde.suppressions/1', suppressions });
const scan = { scope: { kind: 'port-scan', source: '10.0.0.0/8' } } as const;
const known = { scope: scan.scope, expiresAt: null, enabled: true } as const;

function verdicts(text: string, there: Parameters<typeof judgeFile>[1] = []): string[] {
  const judged = judgeFile(text, there);
  return judged.ok ? judged.entries.map(({ verdict }) => verdict) : [judged.fault];
}

describe('a file of suppressions', () => {
  it('has what is new, what is the same, and what is refused with the reason', () => {
    const text = file(scan, { scope: { domain: '*.example.com' } }, { scope: {} }, { scope: { source: '10.0.0.300' } });
    const judged = judgeFile(text, [known]);
    expect(judged).toMatchObject({
      ok: true,
      entries: [
        { verdict: 'same', text: 'Port scan from 10.0.0.0/8' },
        { verdict: 'new', text: 'anything about *.example.com' },
        { verdict: 'refused', text: 'number 3 in the file', fault: expect.stringContaining('everything') as string },
        { verdict: 'refused', fault: expect.stringContaining('scope: source: 10.0.0.300') as string },
      ],
    });
  });

  it('tells apart what lasts differently, not what is spelled differently', () => {
    const day = '2026-12-01T00:00:00Z';
    const ends = { ...scan, expiresAt: day };
    expect(verdicts(file(scan, ends, { ...scan, enabled: false }), [known])).toEqual(['same', 'new', 'new']);
    expect(verdicts(file(ends, { ...scan, expiresAt: Date.parse(day) }))).toEqual(['new', 'same']);
    const spelled = [
      { scope: { domain: 'Example.com.', time: { days: ['tue', 'mon'], zone: 'UTC' } } },
      { scope: { time: { zone: 'UTC', days: ['mon', 'tue'] }, domain: 'example.com' } },
    ];
    expect(verdicts(file(...spelled))).toEqual(['new', 'same']);
    const one = { scope: { port: 0 }, expiresAt: null, enabled: true };
    expect(silencingKey(one)).not.toBe(silencingKey({ ...one, scope: { port: 1 } }));
  });

  it('is refused whole where it is none', () => {
    expect(verdicts('{')).toEqual(['it is not JSON']);
    expect(verdicts('[]')[0]).toBe('the file: has to be an object, { … }');
    expect(verdicts('{"schema":"sonde.suppressions/2","suppressions":[]}')[0]).toContain('sonde.suppressions/1');
    expect(verdicts(file(...Array.from({ length: 1001 }, () => scan)))[0]).toContain('more than 1000');
    expect(verdicts(`\uFEFF${file()}`)).toEqual([]);
  });

  it('says in plain words what is wrong with an entry, and repeats no long name', () => {
    const long = 'x'.repeat(3000);
    for (const [entry, words] of [
      [{ scope: { kind: 'portscan' } }, /^scope\.kind: has to be one of dos-flood, /],
      [{ scope: { kind: long } }, /^scope\.kind: has to be one of dos-flood, /],
      [{ scope: { source: long } }, /^scope\.source: has to have at most 64 characters/],
      [{ scope: { domain: `${'d'.repeat(250)}!` } }, /^scope: domain: d{60}… is neither a name/],
      [{ scope: scan.scope, [long]: 1 }, /^it: has a field that is not known here: x{40}…$/],
      [{ scope: scan.scope, enabled: 'yes' }, /^enabled: has to be true or false$/],
      [{ scope: scan.scope, reason: 5 }, /^reason: has to be a text$/],
      [{}, /^scope: is missing$/],
    ] as const) {
      const judged = judgeFile(file(entry), []);
      expect(judged.ok ? judged.entries[0] : null).toMatchObject({ verdict: 'refused' });
      const fault = judged.ok && judged.entries[0]?.verdict === 'refused' ? judged.entries[0].fault : '';
      expect(fault).toMatch(words);
      expect(fault.length).toBeLessThan(800);
    }
  });

  it('does not trust what stands in an entry', () => {
    for (const odd of [null, 7, 'x', [], { scope: null }, { scope: scan.scope, more: 1 }, { scope: { ja4: 'x' } }])
      expect(verdicts(file(odd))).toEqual(['refused']);
    expect(
      verdicts(`{"schema":"sonde.suppressions/1","suppressions":[{"scope":{"__proto__":{"kind":"dga"}}}]}`),
    ).toEqual(['refused']);
    expect(verdicts(file({ ...scan, reason: 'x'.repeat(501) }))).toEqual(['refused']);
  });

  it('says what it was made from again', () => {
    const row = {
      scope: { rule: 'signature:7', time: { hours: '22:00-06:00', zone: 'UTC' } },
      reason: 'ours',
      author: 'ann',
      createdAt: 5,
      expiresAt: 9,
      enabled: false,
    };
    const judged = judgeFile(fileText([{ ...row, id: 4 } as typeof row]), []);
    expect(judged).toMatchObject({ ok: true, entries: [{ verdict: 'new', entry: row }] });
  });
});
