import { describe, expect, it } from 'vitest';
import { alarmText, type AlarmDay } from '../../../src-renderer/features/history/alarm-words.ts';
import { scopeChoices, scopeOf, usualParts } from '../../../src-renderer/features/incidents/scope.ts';
import type { IncidentBody } from '../../../src-renderer/features/incidents/types.ts';
import { portions } from '../../../src-renderer/features/suppressions/batches.ts';
import { draftedScope, scopeDraft, timeDraft, timeOf } from '../../../src-renderer/features/suppressions/draft.ts';
import { alreadyText, previewText, pursuedText, staleText } from '../../../src-renderer/features/suppressions/words.ts';
import type { SuppressionPreview } from '../../../src-shared/contract/topics/suppressions.ts';

const NONE = { critical: 0, warning: 0, info: 0 };

function preview(total: number, critical: number, recent = total): SuppressionPreview {
  const severities = { critical, warning: total - critical, info: 0 };
  const [firstTs, lastTs] = ['2026-03-01T10:00:00.000000000Z', '2026-03-05T10:00:00.000000000Z'];
  return { total, severities, firstTs, lastTs, recent: { total: recent, severities: NONE }, pursued: 0, already: 0, rows: [] }; // prettier-ignore
}

describe('what a suppression would have silenced', () => {
  it.each<[SuppressionPreview, string]>([
    [preview(0, 0), 'It would have silenced nothing so far.'],
    [preview(14, 1), 'It would have silenced 14 incidents in the last 30 days, one of them critical.'],
    [preview(14, 2), 'It would have silenced 14 incidents in the last 30 days, 2 of them critical.'],
    [preview(2, 2), 'It would have silenced 2 incidents in the last 30 days, all of them critical.'],
    [preview(1, 1), 'It would have silenced 1 incident in the last 30 days, which is critical.'],
    [preview(3, 0), 'It would have silenced 3 incidents in the last 30 days.'],
    [
      preview(14, 1, 0),
      'It would have silenced 14 incidents that began between 2026-03-01 and 2026-03-05, one of them critical; none of them in the last 30 days.',
    ],
    [
      preview(14, 0, 3),
      'It would have silenced 14 incidents that began between 2026-03-01 and 2026-03-05; 3 of them in the last 30 days.',
    ],
    [preview(1, 0, 0), 'It would have silenced 1 incident of 2026-03-01; not in the last 30 days.'],
  ])('%#', (given, text) => expect(previewText(given, false, 'UTC')).toBe(text));

  it('says when there is nothing but the incident it is made from', () => {
    expect(previewText(preview(1, 1), true)).toBe('It silences this incident and no other that is known.');
  });

  it('says what speaks against it, and what is silent already', () => {
    expect(pursuedText(preview(3, 0))).toBe('');
    expect(pursuedText({ ...preview(3, 0), pursued: 1 })).toBe('1 of them is being investigated, or closed as real.');
    expect(pursuedText({ ...preview(1, 0), pursued: 1 })).toBe('It is being investigated, or closed as real.');
    expect(alreadyText({ ...preview(3, 0), already: 1 })).toBe('1 more incident fits and is silenced already.');
    expect(alreadyText({ ...preview(3, 0), already: 2 })).toBe('2 more incidents fit and are silenced already.');
  });

  it('says why some may go', () => {
    expect(staleText([{ stale: null }])).toBe('');
    expect(staleText([{ stale: 'expired' }, { stale: 'never-hit' }, { stale: 'expired' }])).toBe(
      '2 have expired; 1 was made a week ago or earlier and never silenced anything.',
    );
  });
});

describe('a scope that somebody types', () => {
  const draft = scopeDraft('UTC');

  it('is none while it is empty, and says what is wrong', () => {
    expect(draftedScope(draft)).toMatchObject({ ok: false, empty: true });
    expect(draftedScope({ ...draft, port: '70000' })).toMatchObject({ ok: false, empty: false });
    expect(draftedScope({ ...draft, port: '1e3' })).toMatchObject({ ok: false });
    expect(draftedScope({ ...draft, source: '10.0.0.300' })).toMatchObject({
      ok: false,
      fault: 'source: 10.0.0.300 is neither an address nor a network like 10.0.0.0/8',
    });
    expect(draftedScope({ ...draft, port: '0', domain: ' *.example.com ', kind: 'dga' })).toEqual({
      ok: true,
      scope: { kind: 'dga', domain: '*.example.com', port: 0 },
    });
  });

  it('has a time only where it is switched on', () => {
    const time = { ...timeDraft('Europe/Berlin', 23), on: true };
    expect(timeOf({ ...time, on: false })).toBeUndefined();
    expect(timeOf(time)).toEqual({ hours: '23:00-00:00', zone: 'Europe/Berlin' });
    expect(timeOf({ ...time, from: '', to: '', days: ['sun', 'mon'] })).toEqual({
      days: ['mon', 'sun'],
      zone: 'Europe/Berlin',
    });
    expect(draftedScope({ ...draft, time: { ...time, from: '', to: '' } })).toMatchObject({
      fault: 'time: it would be always: give hours, days, or both',
    });
    expect(draftedScope({ ...draft, time: { ...time, from: '' } })).toMatchObject({ ok: false });
  });
});

describe('a scope that an incident offers', () => {
  const incident = {
    kind: 'dns-tunnel', sources: ['10.0.0.5'], sourcesTotal: 1, targets: ['10.0.0.7'], targetsTotal: 1, ports: [53], portsTotal: 1,
    domains: ['example.info', 'a.t.example.info'], domainsTotal: 2, detectors: { 'behaviour:dns-tunnel': 0.9, 'mean-z2': 0.8 },
  } as unknown as IncidentBody; // prettier-ignore
  const marks = { protocols: ['tcp', 'dns'], ja4: [] };

  it('is its kind, ends and domain at first, and whatever else is chosen', () => {
    const choices = scopeChoices(incident, marks);
    expect(choices.map(({ part, values }) => [part, ...values])).toEqual([
      ['kind', 'dns-tunnel'],
      ['source', '10.0.0.5'],
      ['destination', '10.0.0.7'],
      ['port', 53],
      ['domain', '.example.info'],
      ['protocol', 'dns', 'tcp'],
      ['rule', 'behaviour:dns-tunnel'],
    ]);
    expect(scopeOf(choices, usualParts(choices))).toEqual({
      kind: 'dns-tunnel',
      source: '10.0.0.5',
      destination: '10.0.0.7',
      domain: '.example.info',
    });
    expect(scopeOf(choices, new Set(['protocol', 'rule']), { protocol: 'tcp' })).toEqual({
      protocol: 'tcp',
      rule: 'behaviour:dns-tunnel',
    });
  });

  it('names no domain where several have nothing in common, and no fingerprint where there are two', () => {
    const odd = { ...incident, domains: ['a.co.uk', 'b.co.uk'] };
    const parts = scopeChoices(odd, { protocols: [], ja4: ['x', 'y'] }).map(({ part }) => part);
    expect(parts).toEqual(['kind', 'source', 'destination', 'port', 'rule']);
  });

  it('names a signature only where nothing else found the incident', () => {
    const by = (...ids: string[]): unknown =>
      scopeChoices({ ...incident, detectors: Object.fromEntries(ids.map((id) => [id, 1])) }).find(
        ({ part }) => part === 'rule',
      )?.values;
    expect(by('signature:7', 'mean-z2')).toEqual(['signature:7']);
    expect(by('signature:7', 'behaviour:dga')).toEqual(['behaviour:dga']);
    expect(by('signature:7', 'signature:8')).toBeUndefined();
  });
});

describe('portions of what is brought in', () => {
  it('hold all of it in its order, none larger than a message unless one is', () => {
    const list = ['a', 'b'.repeat(30), 'c', 'd'.repeat(200), 'e'];
    const out = portions(list, 40);
    expect(out.flat()).toEqual(list);
    expect(out.map((part) => part.length)).toEqual([2, 1, 1, 1]);
    expect(portions([], 40)).toEqual([]);
  });
});

describe('the rate of false alarms', () => {
  const day = (seconds: number, falseAlarms: number, expected: number, confirmed: number, notJudged: number): AlarmDay => ({ day: '2026-03-10', seconds, falseAlarms, expected, confirmed, notJudged }); // prettier-ignore
  const text = (...days: AlarmDay[]): string => alarmText({ days, silenced: 0, budget: 3 });

  it('counts what was judged and says what was not', () => {
    expect(text(day(86_400, 7, 3, 2, 28))).toBe(
      'Of 40 alarms at warning or above, 12 were judged: 7 false alarms, 3 expected, 2 closed as real. The other 28 are not judged and count as neither. That is at least 10 a day over 1 day of traffic; the budget is 3 a day.',
    );
    expect(text(day(86_400 * 3, 1, 0, 0, 0), day(86_400, 0, 1, 0, 0))).toContain(
      'That is 0.5 a day over 4 days of traffic',
    );
  });

  it('does not make a day of an hour', () => {
    expect(text(day(3600, 1, 0, 0, 1))).toContain('The other 1 is not judged and counts as neither.');
    expect(text(day(3600, 1, 0, 0, 0))).toContain('That is 1 in 60 min of traffic; the budget is 3 a day.');
  });

  it('says so where nothing was judged, or there is nothing to judge', () => {
    expect(text(day(3600, 0, 0, 0, 4))).toContain('Nobody has judged the 4 alarms');
    expect(alarmText({ days: [day(3600, 0, 0, 0, 0)], silenced: 2, budget: null })).toBe(
      'No alarm (an incident at warning or above) in this time. 2 that are silenced are not among them.',
    );
  });
});
