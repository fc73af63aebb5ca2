/** `--intel FILE` and `--intel-allow FILE`: lists of indicators. Nothing of it is loaded by who names none. */
import type { ReportIntel } from '../../../src-shared/domain/report.ts';
import type { Intel, IntelFiles } from '../../detect/signatures/intel/intel.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import { resourcePath } from '../paths.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { formatCount, plural } from './words.ts';

const FILES_MAX = 256;

export const RULES_OPTION: OptionSpec = {
  name: 'rules',
  value: 'FILE',
  help: 'look at packets by the rules of this file, or of a folder’s *.rules, too (repeatable)',
  repeatable: true,
};

/** Sonde's own rules are looked by where no others are named, or where they are asked for. */
export const OWN_RULES_OPTIONS: readonly OptionSpec[] = [
  { name: 'own-rules', help: 'look by Sonde’s own rules too where --rules names others' },
  { name: 'no-own-rules', help: 'do not look by Sonde’s own rules' },
];

/** The files and folders of rules that `--rules` and its like name. @throws SondeError `usage` */
export function rulePaths(parsed: Parsed): string[] {
  const files = parsed.values('rules');
  if (parsed.on('own-rules') && parsed.on('no-own-rules'))
    throw usageError('--own-rules and --no-own-rules contradict each other', '--own-rules', 'Give one of them.');
  const own = parsed.on('own-rules') || (files.length === 0 && !parsed.on('no-own-rules'));
  return own ? [resourcePath('rules'), ...files] : [...files];
}

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

/** Different reasons that standard error tells; the report has more. */
const REASONS_SAID = 5;

/** "7 no address (lines 3, 5, 8, 9, 12 …); 1 too few fields (line 20)". */
function reasonsText(reasons: NonNullable<ReportIntel['reasons']>): string {
  const said = reasons.slice(0, REASONS_SAID).map(({ reason, count, lines }) => {
    const more = count > lines.length ? ' …' : '';
    const where = lines.length === 0 ? '' : ` (${count > 1 ? 'lines' : 'line'} ${lines.join(', ')}${more})`;
    return `${formatCount(count)} ${reason}${where}`;
  });
  return [...said, ...(reasons.length > REASONS_SAID ? ['…'] : [])].join('; ');
}

type Chosen = Pick<TriageOptions, 'intel'>;

/** @throws SondeError where a list cannot be read */
export async function intelFrom(files: IntelFiles): Promise<Intel> {
  return (await import('../../detect/signatures/intel/intel.ts')).Intel.load(files);
}

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
  const { nowOf } = await import('./suppressions-file.ts');
  const start = nowOf(parsed);
  const intel = await intelFrom({ files, allowed, now: clock ?? (() => start) });
  for (const { file, refused, reasons } of intel.report()) {
    if (refused > 0) say(`${file}: ${plural(refused, 'entry', 'entries')} left out: ${reasonsText(reasons ?? [])}`);
  }
  const some = intel.report().reduce((all, { indicators, allow }) => all + (allow ? 0 : indicators), 0);
  if (some === 0) say(`The lists name nothing that could be looked for (${formatCount(files.length)} read).`);
  return { intel };
}
