/** The numbers of a figure as CSV. */
import { safeCell } from '../../../src-shared/domain/csv.ts';

export type Cell = string | number | null;

function field(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(cell) : safeCell(cell);
}

export function csvFile(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}
