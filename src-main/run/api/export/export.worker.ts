/** One export of packets, on a thread of its own. */
import { failureOf } from '../../../keep/store/failure.ts';
import { exportPackets } from '../../../keep/exports/packets.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { ExportData, FromExport } from './packets.ts';

const side = threadSide();
const tell = (message: FromExport): void => side.send(message);
const { paths, keys, arp, comment, out } = side.data as ExportData;
try {
  const { packets, bytes, inputs } = await exportPackets(paths, keys, out, `sonde ${VERSION}`, { arp, comment });
  tell({ type: 'done', packets, bytes, sha256: inputs.map((i) => i.sha256) });
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), out) });
} finally {
  side.end();
}
