/** `sonde watch --sigma` and `--intel`: Sigma rules and lists of a running capture, read again when their files change or at SIGHUP. */
import type { LiveNotice } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import { Reloading, stateOf } from '../pipeline/reloading.ts';
import { sigmaFiles } from '../pipeline/sigma-files.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import type { Parsed } from './arguments.ts';
import { intelFrom, intelOf } from './intel-files.ts';
import { sigmaFrom, sigmaOf, sigmaWords } from './sigma-option.ts';
import { plural } from './words.ts';

/** What is read again, whatever it is. */
type Part = Pick<Reloading<never>, 'watch' | 'end' | 'reload'>;
type Tell = (notice: LiveNotice) => void;

function notice(message: string): LiveNotice {
  const now = Date.now();
  const sec = Math.floor(now / 1000);
  return { event: 'notice', ts: formatTime(sec, (now % 1000) * 1_000_000), code: 'rules', message };
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class WatchLists {
  readonly chosen: Pick<TriageOptions, 'sigma' | 'intel'>;
  private readonly parts: readonly Part[];
  private readonly hup = (): void => {
    for (const part of this.parts) void part.reload();
  };

  private constructor(chosen: WatchLists['chosen'], parts: readonly Part[]) {
    this.chosen = chosen;
    this.parts = parts;
  }

  /** `lookMs`: how often files are looked at. @throws SondeError where a file cannot be read */
  static async open(parsed: Parsed, onNotice: Tell, lookMs?: number): Promise<WatchLists> {
    const often = lookMs === undefined ? {} : { lookMs };
    const parts: Part[] = [];
    const sigma = await sigmaPart(parsed, onNotice, often, parts);
    const intel = await intelPart(parsed, onNotice, often, parts);
    return new WatchLists({ ...sigma, ...intel }, parts);
  }

  /** From now on files are looked at, and SIGHUP is heard (not on Windows, where it ends a console). */
  begin(): void {
    if (this.parts.length === 0) return;
    for (const part of this.parts) part.watch();
    if (process.platform !== 'win32') process.on('SIGHUP', this.hup);
  }

  end(): void {
    for (const part of this.parts) part.end();
    process.off('SIGHUP', this.hup);
  }
}

interface Often {
  lookMs?: number;
}

async function sigmaPart(
  parsed: Parsed,
  tell: Tell,
  often: Often,
  parts: Part[],
): Promise<Pick<TriageOptions, 'sigma'>> {
  const paths = parsed.values('sigma');
  const state = (): Promise<string> =>
    stateOf(async () => (await Promise.all(paths.map((path) => sigmaFiles(path)))).flat());
  const known = paths.length === 0 ? '' : await state();
  const { sigma } = await sigmaOf(parsed);
  if (!sigma) return {};
  const load = () => sigmaFrom(paths);
  const take = (read: Awaited<ReturnType<typeof load>>): void => {
    sigma.replace(read);
    tell(notice(`The Sigma rules were read again: ${sigmaWords(read)}.`));
  };
  const onFailure = (error: unknown): void =>
    tell(notice(`The Sigma rules cannot be read again, and those before stay in force: ${said(error)}`));
  parts.push(new Reloading({ load, take, onFailure, state, ...often }, known));
  return { sigma };
}

async function intelPart(
  parsed: Parsed,
  tell: Tell,
  often: Often,
  parts: Part[],
): Promise<Pick<TriageOptions, 'intel'>> {
  const files = parsed.values('intel');
  const allowed = parsed.values('intel-allow');
  const state = (): Promise<string> => stateOf(() => Promise.resolve([...files, ...allowed]));
  const known = files.length === 0 ? '' : await state();
  const { intel } = await intelOf(parsed, Date.now);
  if (!intel) return {};
  const load = () => intelFrom({ files, allowed, now: Date.now });
  const take = (read: Awaited<ReturnType<typeof load>>): void => {
    intel.replace(read);
    const entries = read.report().reduce((all, { indicators, allow }) => all + (allow ? 0 : indicators), 0);
    tell(notice(`The lists were read again: ${plural(entries, 'indicator')}.`));
  };
  const onFailure = (error: unknown): void =>
    tell(notice(`The lists cannot be read again, and those before stay in force: ${said(error)}`));
  parts.push(new Reloading({ load, take, onFailure, state, ...often }, known));
  return { intel };
}
