/** Log4j's lookups, behind which the letters of an attack are hidden. */

/** How a lookup begins whose value is what follows: a change of case, a date's own text, or a default. */
const OPENING = /\$\{(?:(?:lower|upper|date):'?|[^${}]{0,64}?:-)/iy;
const LAYERS = 3;

/** One layer: "${lower:j}", "${::-j}" and "${env:x:-j}" become "j"; other lookups stay. */
function peeled(text: string): string {
  let shown = '';
  let from = 0;
  /** Whether the closing brace of each open lookup is shown. */
  const open: boolean[] = [];
  const brace = /\$\{|\}/g;
  for (let found = brace.exec(text); found; found = brace.exec(text)) {
    const { index } = found;
    if (found[0] === '}') {
      if (open.pop() !== false) continue;
      shown += text.slice(from, index).replace(/'$/, '');
      from = index + 1;
      continue;
    }
    OPENING.lastIndex = index;
    const opening = OPENING.exec(text);
    open.push(opening === null);
    if (opening === null) continue;
    shown += text.slice(from, index);
    from = index + opening[0].length;
    brace.lastIndex = from;
  }
  return shown + text.slice(from);
}

/** The text with lookups replaced by their values, at most three layers deep. Linear in its length. */
export function withoutLookups(text: string): string {
  let now = text;
  for (let layer = 0; layer < LAYERS; layer++) {
    const next = now.includes('${') ? peeled(now) : now;
    if (next === now) break;
    now = next;
  }
  return now;
}
