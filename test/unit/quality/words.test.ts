import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QUALITY, QUALITY_CODES, withoutTold } from '../../../src-shared/domain/capture-quality.ts';
import { longDuration } from '../../../src-main/meter/quality/judge-inputs.ts';
import { QualityNotes } from '../../../src-main/run/pipeline/live/quality-notes.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { blocksOf, spansOf } from '../../../src-renderer/features/help/markdown.ts';
import { guideAddress } from '../../../src-renderer/lib/guide.ts';

const page = (name: string): string => readFileSync(`${import.meta.dirname}/../../../docs/${name}.md`, 'utf8');

describe('warnings about captures', () => {
  it('each have a heading in the documentation', () => {
    const ids = blocksOf(page('good-capture')).flatMap((block) => (block.kind === 'heading' ? [block.id] : []));
    for (const code of QUALITY_CODES) expect(ids).toContain(QUALITY[code].guide);
  });

  it('are those of the schema', () => {
    const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.triage-1.schema.json'), 'utf8')) as {
      properties: { quality: { items: { properties: { code: { enum: string[] } } } } };
    };
    expect(schema.properties.quality.items.properties.code.enum).toEqual(QUALITY_CODES);
  });

  it('take the place of those about an input that say less', () => {
    const warnings = [{ code: 'truncated-packet' }, { code: 'cut-file' }, { code: 'constructor' }];
    expect(withoutTold(warnings, [{ code: 'packets-cut' }])).toEqual([{ code: 'cut-file' }, { code: 'constructor' }]);
    expect(withoutTold(warnings)).toEqual(warnings);
  });

  it('say long times in years and days', () => {
    expect([90, 3 * 86_400, 5 * 365.25 * 86_400].map(longDuration)).toEqual(['90 s', '3 days', '5 years']);
  });
});

describe('a live session', () => {
  it('tells once of what is wrong with its capture', () => {
    const meter = makeMeter();
    Object.assign(meter.quality.flows, { talks: 50, oneSided: 40 });
    const notes = new QualityNotes();
    const source = { meter, summaries: () => [], insistent: true };
    expect(notes.news(source)).toEqual([expect.stringMatching(/^Only one direction of the traffic\. Of 50 TCP conn/)]);
    expect(notes.news(source)).toEqual([]);
  });
});

describe('pages of the help', () => {
  it('are taken apart as they are written', () => {
    const text =
      '# A b!\n\nOne\ntwo.\n\n- x\n  y\n- z\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n```\n# no heading\n```\n';
    expect(blocksOf(text)).toEqual([
      { kind: 'heading', level: 1, text: 'A b!', id: 'a-b' },
      { kind: 'text', text: 'One two.' },
      { kind: 'list', items: ['x y', 'z'] },
      { kind: 'table', head: ['a', 'b'], rows: [['1', '`2`']] },
      { kind: 'code', text: '# no heading' },
    ]);
  });

  it('have code, stress and links in their text', () => {
    expect(spansOf('a `b` **c** [d](e.md) * f [g')).toEqual([
      { kind: 'plain', text: 'a ' },
      { kind: 'code', text: 'b' },
      { kind: 'plain', text: ' ' },
      { kind: 'strong', text: 'c' },
      { kind: 'plain', text: ' ' },
      { kind: 'link', text: 'd', to: 'e.md' },
      { kind: 'plain', text: ' ' },
      { kind: 'plain', text: '*' },
      { kind: 'plain', text: ' f ' },
      { kind: 'plain', text: '[' },
      { kind: 'plain', text: 'g' },
    ]);
  });

  it('lose nothing that was written', () => {
    const bare = (text: string): string => text.replace(/[\s`*|[\]()#-]/g, '');
    for (const name of ['good-capture', 'blind-spots']) {
      const said = blocksOf(page(name)).flatMap((block) => {
        if (block.kind === 'list') return block.items;
        return block.kind === 'table' ? [block.head, ...block.rows].flat() : [block.text];
      });
      expect(bare(said.join(' '))).toBe(bare(page(name).replaceAll('```', '')));
    }
  });

  it('are led to by the place in them', () => {
    expect(guideAddress('good-capture.md#too-short')).toBe('#/help/good-capture?at=too-short');
    expect(guideAddress('blind-spots.md')).toBe('#/help/blind-spots');
  });
});
