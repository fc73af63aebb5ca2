/** Notices of a session: which are good news, which are not. */
const GOOD: ReadonlySet<string> = new Set([
  'interface-up',
  'interface-back',
  'capture-resumed',
  'ring-resumed',
  'network',
  'learned',
  'mark',
]);

/** Whether something is wrong, as opposed to well again or simply told. */
export function isWarning(code: string): boolean {
  return !GOOD.has(code);
}
