/** What an import would do, beside the channels, in words. */
import type { ImportPreview, Replacement, SuppressionPlanned } from '../../../../src-shared/contract/topics/alerts.ts';
import { counted, exact } from '../../../lib/numbers.ts';

/** As many are named. */
const NAMED = 10;

function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}

/** "Routes that come: Night. Routes that go: Day."; '' where the document does not speak of them. */
function replacedText(what: string, replacement: Replacement): string {
  if (replacement === null) return '';
  const { comes, goes } = replacement;
  if (comes.length + goes.length === 0) return replacement.count === 0 ? '' : `${what} stay as they are.`;
  const come = comes.length > 0 ? `${what} that come: ${named(comes)}.` : '';
  const go = goes.length > 0 ? `${what} that go: ${named(goes)}.` : '';
  return [come, go].filter(Boolean).join(' ');
}

function criticalText({ total, critical }: SuppressionPlanned['recent']): string {
  if (total === 1) return critical === 1 ? 'critical' : 'not critical';
  if (critical === 0) return 'none of them critical';
  return critical === total ? 'all critical' : `${exact(critical)} of them critical`;
}

/** What a suppression of the document would do here. */
export function suppressionText({ change, inForce, silences, recent }: SuppressionPlanned): string {
  if (change === 'same') return 'is there already';
  if (!inForce) return 'silences nothing: it is switched off, or its time is over';
  if (silences.total === 0) return 'would silence nothing that is known so far';
  const older = silences.total - recent.total;
  const before =
    older === 0 ? '' : `, and ${exact(older)} of other times (${exact(silences.critical - recent.critical)} critical)`;
  if (recent.total === 0) return `would silence no incident of the last 30 days${before}`;
  return `would silence ${counted(recent.total, 'incident')} of the last 30 days (${criticalText(recent)})${before}`;
}

/** Those that need a yes: they silence what is heard now. */
export const silencing = (all: readonly SuppressionPlanned[]): SuppressionPlanned[] =>
  all.filter(({ silences }) => silences.total > 0);

/** Said when all is done. */
export function broughtInText(added: number): string {
  if (added === 0) return 'The settings are brought in.';
  const them = added === 1 ? 'It stands' : 'They stand';
  return `The settings are brought in, with ${counted(added, 'suppression')}. ${them} in Alert history under “Silenced as expected”, where each can be removed.`;
}

export function previewLines(preview: ImportPreview): string[] {
  const { channels, kept, routes, reports, exportsGone, policy, networks, devices, roles } = preview;
  const others = [
    networks > 0 ? `${counted(networks, 'network')} of yours` : '',
    devices > 0 ? counted(devices, 'known device') : '',
    roles > 0 ? counted(roles, 'decided role') : '',
  ].filter((part) => part !== '');
  const lines = [
    channels.length === 0 ? 'No channel.' : '',
    kept.length > 0 ? `Not in it, and kept: ${kept.join(', ')}.` : '',
    replacedText('Routes', routes),
    replacedText('Reports', reports),
    exportsGone.length > 0 ? `Exports that go: ${named(exportsGone)}.` : '',
    policy ? 'Quiet and digest, the name and the port of the metrics are replaced.' : '',
    others.length > 0 ? `Brought in too: ${others.join(', ')}.` : '',
  ];
  return lines.filter((line) => line !== '');
}
