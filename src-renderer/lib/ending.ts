/** Whether the program was asked to end from this page: that it answers no longer is then no news. */
let ends = false;

export const isEnding = (): boolean => ends;

export function programEnds(): void {
  ends = true;
}
