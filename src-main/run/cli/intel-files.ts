/** `--intel FILE` and `--intel-allow FILE`: lists of indicators. Nothing of it is loaded by who names none. */
import type { ReportIntel } from '../../../src-shared/domain/report.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { formatCount, plural } from './words.ts';

const FILES_MAX = 256;

export const INTEL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'intel',
    value: 'FILE',
    help: 'tell of contacts with what this list names (plain, hosts, abuse.ch CSV, MISP, STIX; repeatable)',
    repeatable: true,
  },
  { name: 'intel-allow', value: 'FILE', help: 'of these never, whatever lists say (repeatable)', repeatable: true },
];

/** What became of the lists, for people. */
export function intelLines(lists: readonly ReportIntel[]): string[] {
  return lists.map(({ file, indicators, hits, refused, expired, unseen, allow }) => {
    const entries = plural(
      indicators,
      allow ? 'entry that is allowed' : 'indicator',
      allow ? 'entries that are allowed' : 'indicators',
    );
    const rest = [
      refused > 0 ? `${formatCount(refused)} not understood` : '',
      expired > 0 ? `${formatCount(expired)} not in force` : '',
      unseen > 0 ? `${formatCount(unseen)} that packets do not show` : '',
    ].filter((part) => part !== '');
    const matched = plural(hits, 'contact');
    return `${file}: ${[entries, ...rest].join(', ')}; ${matched} matched.`;
  });
}

type Chosen = Pick<TriageOptions, 'intel'>;

/**
 * Reads the lists, and says what of them is not looked for. `clock`: milliseconds since 1970, when entries are judged to be
 * in force; default: the time of `--now`, else that of the call.
 *
 * @throws SondeError where a list cannot be read
 */
export async function intelOf(parsed: Parsed, clock?: () => number): Promise<Chosen> {
  const files = parsed.values('intel');
  const allowed = parsed.values('intel-allow');
  if (files.length === 0 && allowed.length > 0) {
    throw usageError('--intel-allow without --intel', '--intel-allow', 'Name a list of indicators with --intel FILE.');
  }
  if (files.length === 0) return {};
  if (files.length + allowed.length > FILES_MAX) {
    throw usageError(`more than ${FILES_MAX} lists`, '--intel', 'Put several lists into one file.');
  }
  const { Intel } = await import('../../detect/signatures/intel/intel.ts');
  const { nowOf } = await import('./suppressions-file.ts');
  const start = nowOf(parsed);
  const intel = await Intel.load({ files, allowed, now: clock ?? (() => start) });
  for (const { file, refused } of intel.report()) {
    const first = intel.refused.find((one) => one.file === file);
    if (!first) continue;
    const where = first.line === 0 ? '' : `line ${first.line}: `;
    say(
      `${file}: ${plural(refused, 'entry', 'entries')} left out (${where}${first.reason}${refused > 1 ? '; …' : ''})`,
    );
  }
  const some = intel.report().reduce((all, { indicators, allow }) => all + (allow ? 0 : indicators), 0);
  if (some === 0) say(`The lists name nothing that could be looked for (${formatCount(files.length)} read).`);
  return { intel };
}
