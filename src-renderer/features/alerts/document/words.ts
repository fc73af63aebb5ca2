/** What an import would do, beside the channels, in words. */
import type { ImportPreview } from '../../../../src-shared/contract/topics/alerts.ts';
import { counted } from '../../../lib/numbers.ts';

export function previewLines(preview: ImportPreview): string[] {
  const { channels, kept, routes, reports, exports, policy, networks, devices, suppressions } = preview;
  const others = [
    networks > 0 ? `${counted(networks, 'network')} of yours` : '',
    devices > 0 ? counted(devices, 'known device') : '',
    suppressions > 0 ? counted(suppressions, 'suppression') : '',
  ].filter((part) => part !== '');
  const lines = [
    channels.length === 0 ? 'No channel.' : '',
    kept.length > 0 ? `Not in it, and kept: ${kept.join(', ')}.` : '',
    routes > 0 ? `${counted(routes, 'route takes', 'routes take')} the place of those there are.` : '',
    reports > 0 ? `${counted(reports, 'report takes', 'reports take')} the place of those there are.` : '',
    exports.length > 0
      ? `${counted(exports.length, 'export takes', 'exports take')} the place of those there are.`
      : '',
    policy ? 'Quiet and digest, the name and the port of the metrics are replaced.' : '',
    others.length > 0 ? `Brought in too: ${others.join(', ')}.` : '',
  ];
  return lines.filter((line) => line !== '');
}
