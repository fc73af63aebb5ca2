/** Which sensors of a fleet saw something, in words. */

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** "seen by berlin", "seen by three sensors"; '' where none is known. */
export function seenBy(sensors: readonly string[] | undefined): string {
  const [only] = sensors ?? [];
  if (sensors === undefined || only === undefined) return '';
  return sensors.length === 1 ? `seen by ${only}` : `seen by ${WORDS[sensors.length] ?? sensors.length} sensors`;
}

/** Before their names: "Seen by", "Seen by three sensors". */
export function seenByMany(count: number): string {
  return count === 1 ? 'Seen by' : `Seen by ${WORDS[count] ?? count} sensors`;
}
