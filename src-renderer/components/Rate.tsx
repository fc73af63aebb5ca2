/** A cell of a table with so much a second, in short; in full to whoever points at it. */
import { brief, exact } from '../lib/numbers.ts';

export function Rate({ value, unit }: { value: number | null; unit: string }) {
  if (value === null) return <td className="number dim">–</td>;
  return (
    <td className="number" title={`${exact(value)} ${unit}`}>
      {brief(value)}
    </td>
  );
}
