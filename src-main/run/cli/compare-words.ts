/** A comparison for the terminal. */
import type { ComparedSide, Comparison } from '../../../src-shared/contract/topics/compare.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { formatBytes, formatCount, plural, printable } from './words.ts';

/** Rows of a list that are shown. */
const SHOWN = 8;

type List<R> = { rows: readonly R[]; total: number };

const named = (address: string, name: string): string => (name === '' ? address : `${address} (${name})`);

function amount(bytes: number, { measure }: Comparison): string {
  return `${formatBytes(Math.abs(bytes))}${measure === 'bytes' ? '' : ' an hour'}`;
}

function signed(bytes: number, found: Comparison): string {
  return `${bytes < 0 ? '−' : '+'}${amount(bytes, found)}`;
}

function sideLine(label: string, side: ComparedSide): string {
  const [first] = side.captures;
  const more = side.captures.length > 1 ? ` and ${side.captures.length - 1} more` : '';
  const from = first ? `${first.name}${more}` : 'no capture';
  return `${label}  ${from}: ${formatDuration(side.seconds)}, ${plural(side.flows, 'flow')}, ${formatBytes(side.bytes)}, ${plural(side.hosts, 'host')}, ${plural(side.incidents, 'incident')}`;
}

function listed<R>(title: string, { rows, total }: List<R>, line: (row: R) => string): string[] {
  if (total === 0) return [];
  const shown = rows.slice(0, SHOWN).map((row) => `  ${line(row)}`);
  const rest = total - shown.length;
  return ['', `${title}: ${formatCount(total)}`, ...shown, ...(rest > 0 ? [`  and ${formatCount(rest)} more`] : [])];
}

function explanation(found: Comparison): string[] {
  const { rows, covered, a, b, change } = found.explains;
  if (rows.length === 0) return ['', 'The volume did not change.'];
  const head = `Volume: ${amount(a, found)} in A, ${amount(b, found)} in B (${signed(change, found)}). ${Math.round(covered * 100)} % of what changed is:`;
  const lines = rows.map(
    (row) =>
      `  ${signed(row.change, found)}  ${named(row.address, row.name)}, ${row.service} (${Math.round(row.share * 100)} %)`,
  );
  return ['', head, ...lines];
}

/** Plain text, a line each. */
export function comparisonText(found: Comparison): string {
  const { hosts, services, peers, incidents } = found;
  const host = (r: (typeof hosts.new.rows)[number]): string =>
    `${named(r.address, r.name)}  ${formatBytes(r.bytes)} in ${plural(r.flows, 'flow')}`;
  const service = (r: (typeof services.new.rows)[number]): string =>
    `${named(r.address, r.name)}  ${r.proto}/${r.port}${r.service === '' ? '' : ` ${r.service}`}, ${plural(r.flows, 'flow')}`;
  const peer = (r: (typeof peers.new.rows)[number]): string =>
    `${named(r.address, r.name)} with ${named(r.peer, r.peerName)}  ${formatBytes(r.bytes)}`;
  const incident = (r: (typeof incidents.new.rows)[number]): string => `${r.severity}: ${r.title}`;
  const lines = [
    sideLine('A', found.a),
    sideLine('B', found.b),
    ...found.notes.map((note) => `Note: ${note}`),
    ...explanation(found),
    ...listed('New incidents in B', incidents.new, incident),
    ...listed('Incidents of A that B has not', incidents.gone, incident),
    ...listed('New hosts in B', hosts.new, host),
    ...listed('Hosts of A that B has not', hosts.gone, host),
    ...listed('New services of ours in B', services.new, service),
    ...listed('Services of ours that B has not', services.gone, service),
    ...listed('New pairs in B', peers.new, peer),
    ...listed('Pairs of A that B has not', peers.gone, peer),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
