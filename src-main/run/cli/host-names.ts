/** What hosts are called, for the report. */
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import type { Observations } from '../../detect/types.ts';
import { NAME_SOURCES, type HostName } from '../../keep/store/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { NameCollector } from '../api/import/names.ts';

type Hook = (seen: Observations, hosts: HostTable) => void;

const isKnown = ({ source }: HostName): boolean => source !== 'http' && source !== 'claimed';

/** Negative: `a` is the better name. The order is that of the database's queries. */
function better(a: HostName, b: HostName): number {
  return (
    NAME_SOURCES.indexOf(a.source) - NAME_SOURCES.indexOf(b.source) ||
    b.last - a.last ||
    b.last - b.first - (a.last - a.first) ||
    (a.name < b.name ? -1 : 1)
  );
}

export class ReportNames {
  private readonly collector = new NameCollector();

  /** For a triage; `also`: another that is to be told. */
  hook(also: Hook | undefined): Hook {
    return (seen, hosts) => {
      this.collector.add(seen.messages, hosts);
      also?.(seen, hosts);
    };
  }

  /** Gives each host of the report its best name; those that were only claimed, or asked for in HTTP, are none. */
  addTo(report: TriageReport): void {
    const best = new Map<string, HostName>();
    for (const name of this.collector.result().names.filter(isKnown)) {
      const known = best.get(name.address);
      if (!known || better(name, known) < 0) best.set(name.address, name);
    }
    for (const host of report.hosts) {
      const found = best.get(host.address);
      if (found) host.name = found.name;
    }
  }
}
