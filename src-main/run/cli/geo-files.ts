/** `--geo FILE`: databases that say where addresses are registered. Nothing of it is loaded by who names none. */
import type { ReportPlaces } from '../../../src-shared/domain/report.ts';
import type { TriageOptions } from '../pipeline/triage-types.ts';
import type { OptionSpec, Parsed } from './arguments.ts';
import { formatCount } from './words.ts';

export const GEO_OPTION: OptionSpec = {
  name: 'geo',
  value: 'FILE',
  help: 'tell country and AS of addresses outside by this database (.mmdb of MaxMind or DB-IP; repeatable)',
  repeatable: true,
};

/** What the databases were, for people. */
export function geoLines(databases: readonly ReportPlaces[]): string[] {
  return databases.map(({ file, type, built, damaged = 0, fault }) => {
    if (fault !== undefined) return `${file}: not read. ${fault}.`;
    const made = built === null ? '' : `, of ${built.slice(0, 10)}`;
    return `${file}: ${type}${made}${damaged > 0 ? `; ${formatCount(damaged)} records are damaged` : ''}.`;
  });
}

/** `also`: those that the settings name, where the option is not given. @throws SondeError for a file that is no such database */
export async function placesOf(parsed: Parsed, also: readonly string[] = []): Promise<Pick<TriageOptions, 'places'>> {
  const given = parsed.values('geo');
  const files = given.length > 0 ? given : also;
  if (files.length === 0) return {};
  const { Places } = await import('../../meter/enrich/geo/places.ts');
  return { places: Places.open(files) };
}
