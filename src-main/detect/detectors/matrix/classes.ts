/** How much the classes count, and how often their rows are learned from. */

/** Weights of the classes 0 and 1. */
export type ClassWeighing = (attack: Uint8Array) => readonly [number, number];

/** Weights of the classes 0 and 1: each class weighs half of all. */
export function balance(attack: Uint8Array): [number, number] {
  let attacks = 0;
  for (const label of attack) attacks += label;
  const normals = attack.length - attacks;
  return [attack.length / (2 * Math.max(1, normals)), attack.length / (2 * Math.max(1, attacks))];
}

export const unweighted: ClassWeighing = () => [1, 1];
