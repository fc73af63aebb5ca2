import { describe, expect, it } from 'vitest';
import { sigmaRuleWords } from '../../../src-shared/domain/sigma-words.ts';
import { shownDetectors } from '../../../src-renderer/features/incidents/detector-names.ts';
import { cutText } from '../../../src-renderer/features/rules/words.ts';

describe('what is said of rules', () => {
  it('tells how often a rule looked through the beginning of a text alone, or gave up', () => {
    expect(cutText(1)).toMatch(/^Once a text was longer than a rule looks through, or took it too long, /);
    expect(cutText(12_000)).toMatch(/^12,000 times a text was longer .* stood in none of what it saw\.$/);
  });
});

describe('detectors of an incident', () => {
  const id = '3d8c2b4e-0000-4000-8000-000000000001';
  const rule = sigmaRuleWords({ title: 'Replication (asked for)', level: 'high', id });
  const evidence = [
    { fact: `Events that matched the ${rule}: 10.0.0.1 to 10.0.0.2`, value: 1, expected: null, unit: 'events' },
  ];
  const detectors = { [`sigma:${id}`]: 0.75, 'signature:7': 0.9, 'behaviour:windows-remote': 0.85, 'mean-z2': 0.99 };
  const names = (...asked: Parameters<typeof shownDetectors>): string[] =>
    shownDetectors(...asked).map(({ name }) => name);

  it('shows a Sigma rule by its title, by its id where the evidence does not name it', () => {
    expect(names({ detectors, evidence }, true)).toEqual([
      'Distance from the mean',
      'Rule 7',
      'Windows remote',
      'Replication (asked for)',
    ]);
    expect(names({ detectors, evidence: [] }, true)).toContain(`Sigma rule ${id}`);
    expect(names({ detectors: { 'sigma:odd-name': 0.6 }, evidence }, true)).toEqual(['Odd name']);
  });

  it('leaves out scores where flows were too few to be judged', () => {
    expect(names({ detectors, evidence }, false)).toEqual(['Rule 7', 'Windows remote', 'Replication (asked for)']);
  });
});
