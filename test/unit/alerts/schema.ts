/** JSON Schemas, made of what reads and writes the documents; `resources/schemas` holds these very texts. */
import { contract } from '../../../src-shared/contract/index.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { settingsDocument } from '../../../src-main/run/settings-document.ts';

/** Of a settings document. */
export function settingsSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(settingsDocument, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  });
  return { $schema, $id: 'sonde.settings/1', title: 'The settings of a desk, and of sonde watch --settings', ...rest };
}

/** Of `sonde alerts list --json`, made of what the desk is told of the queue. */
export function queueSchema(): object {
  const shape = contract.alerts.queue.output.extend({ schema: z.literal('sonde.alerts/1') });
  const { $schema, ...rest } = z.toJSONSchema(shape, { io: 'output', target: 'draft-7' });
  return { $schema, $id: 'sonde.alerts/1', title: 'What sonde alerts list --json prints', ...rest };
}
