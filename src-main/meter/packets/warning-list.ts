import { WARNINGS, type WarningCode } from '../../../src-shared/domain/warnings.ts';
import type { InputWarning } from './types.ts';

/** Distinct details (link types, say) that one code may be listed with; the rest are counted together. */
const MAX_DETAILS = 32;

/** Collects warnings of one input: one entry for a code and detail, with the first offset and a count. */
export class WarningList {
  private readonly byCode = new Map<WarningCode, Map<string, InputWarning>>();

  /**
   * Counts one case. `offset` is where it stands in the decompressed input, in bytes. `detail` goes in front of the
   * general text and makes entries of the same code distinct. Costs two map look-ups after the first case.
   */
  add(code: WarningCode, offset: number, detail = ''): void {
    let entries = this.byCode.get(code);
    if (!entries) this.byCode.set(code, (entries = new Map<string, InputWarning>()));
    const known = entries.get(detail) ?? (entries.size < MAX_DETAILS ? undefined : entries.get(''));
    if (known) known.count++;
    else this.create(entries, code, offset, entries.size < MAX_DETAILS ? detail : '');
  }

  private create(entries: Map<string, InputWarning>, code: WarningCode, offset: number, detail: string): void {
    const text = WARNINGS[code].text;
    entries.set(detail, { code, message: detail === '' ? text : `${detail}: ${text}`, offset, count: 1 });
  }

  list(): InputWarning[] {
    return [...this.byCode.values()].flatMap((entries) => [...entries.values()].map((entry) => ({ ...entry })));
  }
}
