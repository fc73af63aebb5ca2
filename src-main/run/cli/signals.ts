/** Ending by Ctrl-C or by the system: once gently, and at once for who asks again. */

/** A signal to a whole group of processes comes twice: from the system, and passed on by the launcher. Apart at most, ms. */
const SAME_MS = 1000;

/** Calls `stop` at the first of these signals; a later one ends the process at once, as if nobody had listened. */
export function stopOnSignals(stop: () => void, signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): void {
  let first: number | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      stop();
    } else if (now - first >= SAME_MS) {
      for (const each of signals) process.off(each, listener);
      process.kill(process.pid, signal);
    }
  };
  for (const each of signals) process.on(each, listener);
}
