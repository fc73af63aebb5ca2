import { describe, expect, it } from 'vitest';
import { helpOf, oneOf, parseArguments, wholeNumber, type CommandSpec } from '../../../src-main/run/cli/arguments.ts';
import { TRIAGE } from '../../../src-main/run/cli/commands/triage.ts';

const COMMAND: CommandSpec = {
  name: 'test',
  usage: 'sonde test FILE',
  summary: 'Tests.',
  options: [
    { name: 'json', help: 'as JSON' },
    { name: 'seed', value: 'N', help: 'seed' },
    { name: 'rules', value: 'FILE', help: 'rules', repeatable: true },
    { name: 'later', value: 'X', help: '', later: true },
  ],
};

const parse = (...args: string[]) => parseArguments(COMMAND, args);
const error = (...args: string[]) => {
  try {
    parse(...args);
  } catch (e) {
    return e as { code: string; message: string; cure: string };
  }
  throw new Error('was accepted');
};

describe('arguments', () => {
  it('takes files and options in any order, values inline or after', () => {
    const parsed = parse('a.pcap', '--seed=7', '-', '--json', '--rules', 'r1', '--rules=r2', '--', '--odd-name');
    expect(parsed.files).toEqual(['a.pcap', '-', '--odd-name']);
    expect(parsed.value('seed')).toBe('7');
    expect(parsed.values('rules')).toEqual(['r1', 'r2']);
    expect(parsed.on('json')).toBe(true);
    expect(parsed.on('help')).toBe(false);
  });

  it('refuses an unknown option and proposes the nearest', () => {
    expect(error('--jsno')).toMatchObject({ code: 'usage', cure: 'Did you mean --json?' });
    expect(error('--wholly-other').cure).toBe('See sonde test --help.');
    expect(error('-j').code).toBe('usage');
  });

  it('refuses a missing, superfluous or repeated value', () => {
    expect(error('--seed').message).toBe('--seed needs a value');
    expect(error('--seed', '--json').message).toBe('--seed needs a value');
    expect(error('--json=yes').message).toBe('--json takes no value');
    expect(error('--seed', '1', '--seed', '2').message).toBe('--seed was given twice');
  });

  it('says which options a later version brings', () => {
    expect(error('--later', 'x')).toMatchObject({
      code: 'not-in-this-version',
      message: '--later: not in this version',
    });
  });

  it('checks numbers and words', () => {
    expect(wholeNumber(parse(), 'seed', 1, 0, 9)).toBe(1);
    expect(wholeNumber(parse('--seed', '9'), 'seed', 1, 0, 9)).toBe(9);
    for (const bad of ['10', '-1', '1.5', '1e2', 'x', '99999999999999999999']) {
      expect(() => wholeNumber(parse(`--seed=${bad}`), 'seed', 1, 0, 9), bad).toThrow('not a whole number');
    }
    expect(oneOf(parse('--seed', 'b'), 'seed', ['a', 'b'])).toBe('b');
    expect(() => oneOf(parse('--seed', 'c'), 'seed', ['a', 'b'])).toThrow('not one of a, b');
  });
});

describe('help', () => {
  it('lists every option of this version and no later one', () => {
    const help = helpOf(TRIAGE);
    for (const option of TRIAGE.options) expect(help.includes(`--${option.name}`), option.name).toBe(!option.later);
  });
});
