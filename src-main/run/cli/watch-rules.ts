/** `sonde watch --rules`: signatures on packets as they pass, read again when their files change or at SIGHUP. */
import type { LiveNotice } from '../../../src-shared/domain/live.ts';
import { formatTime } from '../../../src-shared/domain/time.ts';
import type { RuleSet } from '../../detect/signatures/rules/parse.ts';
import { ruleTexts, stateOfFiles } from '../pipeline/rules/files.ts';
import { LiveRules } from '../pipeline/rules/live-rules.ts';
import { loadRules } from '../pipeline/rules/load.ts';
import { say } from './errors.ts';
import { refusedWords } from './refused.ts';
import { formatCount, plural } from './words.ts';

export function loadedWords({ rules, refused, refusedTotal }: RuleSet): string {
  const [first] = refused;
  if (!first) return `${plural(rules.length, 'rule')} loaded`;
  const more = refusedTotal > 1 ? '; …' : '';
  return `${plural(rules.length, 'rule')} loaded, ${formatCount(refusedTotal)} refused (${refusedWords(first)}${more})`;
}

function notice(message: string): LiveNotice {
  const now = Date.now();
  const sec = Math.floor(now / 1000);
  return { event: 'notice', ts: formatTime(sec, (now % 1000) * 1_000_000), code: 'rules', message };
}

export class WatchRules {
  readonly rules: LiveRules;
  private readonly hup = (): void => void this.rules.reload();

  private constructor(rules: LiveRules) {
    this.rules = rules;
  }

  /** `isNamed`: somebody gave them; of Sonde's own nothing is said while all is well. @throws SondeError where a file cannot be read */
  static async open(
    paths: readonly string[],
    isNamed: boolean,
    onNotice: (notice: LiveNotice) => void,
  ): Promise<WatchRules> {
    const rules = await LiveRules.open({
      load: async (before) => loadRules(await ruleTexts(paths), before ? { datasets: before.datasets } : {}),
      state: () => stateOfFiles(paths),
      onReloaded: (set) => onNotice(notice(`The rules were read again: ${loadedWords(set)}.`)),
      onFailure: (error) => {
        const said = error instanceof Error ? error.message : String(error);
        onNotice(notice(`The rules cannot be read again, and those before stay in force: ${said}`));
      },
    });
    if (isNamed || rules.loaded.refusedTotal > 0) say(`Rules: ${loadedWords(rules.loaded)}.`);
    return new WatchRules(rules);
  }

  /** From now on files are looked at, and SIGHUP is heard (not on Windows, where it ends a console). */
  begin(): void {
    this.rules.watch();
    if (process.platform !== 'win32') process.on('SIGHUP', this.hup);
  }

  end(): void {
    this.rules.end();
    process.off('SIGHUP', this.hup);
  }
}
