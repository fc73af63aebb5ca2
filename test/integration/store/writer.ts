/** A process that writes into a database until it is killed: `writer.ts DATABASE`. Prints a line when the first flows are in. */
import { openStore } from '../../../src-main/keep/store/client.ts';
import { bufferOf, makeColumns } from '../../../src-main/meter/columns.ts';
import { flowSchema } from '../../../src-main/meter/flows/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';

const ROWS = 200;
const path = process.argv[2] ?? '';
const store = await openStore(path, workerUrl('keep/store/store.worker'));
for (;;) {
  const capture = await store.beginCapture({ name: 'killed', importedAt: 0, program: 'test' });
  process.stdout.write('begun\n');
  for (let block = 0; block < 20; block++) {
    const columns = makeColumns(flowSchema, ROWS);
    for (let i = 0; i < ROWS; i++) columns.id[i] = block * ROWS + i;
    const text = Array.from({ length: ROWS }, () => '');
    await store.addFlows(capture, {
      capacity: ROWS,
      count: ROWS,
      columns: bufferOf(columns),
      service: text,
      app: text,
      facts: text,
      uid: text,
      communityId: text,
      score: new Float32Array(ROWS),
      anomalous: new Uint8Array(ROWS),
    });
  }
  await store.finishCapture(capture, { status: 'complete', inputs: [], report: {} });
}
