/** The identity of a feature list: matrices, files and models that do not share it must not meet. */
import { CATALOGUE_VERSION, FLOW_FEATURES } from './catalogue.ts';
import type { FeatureDefinition } from './types.ts';

const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/** 64-bit FNV-1a (Fowler, Noll & Vo) of the UTF-16 code units' low and high bytes, as 16 hexadecimal digits. */
export function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = ((hash ^ BigInt(unit & 255)) * PRIME) & MASK;
    hash = ((hash ^ BigInt(unit >>> 8)) * PRIME) & MASK;
  }
  return hash.toString(16).padStart(16, '0');
}

/** Hash of the ordered ids, their preparation and vocabularies, and the catalogue's version. */
export function schemaId(features: readonly FeatureDefinition[] = FLOW_FEATURES, version = CATALOGUE_VERSION): string {
  const lines = features.map((feature) =>
    feature.kind === 'numeric'
      ? `${feature.id}:${feature.transform}:${feature.factor}`
      : `${feature.id}:{${feature.vocabulary.join(',')}}`,
  );
  return fnv1a64(`${version}\n${lines.join('\n')}`);
}
