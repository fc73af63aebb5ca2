/** A feature that a model needs is not there: never replaced by a default. */
export class MissingFeatureError extends Error {
  readonly feature: string;

  constructor(feature: string, reason: string) {
    super(`feature ${feature} is missing: ${reason}`);
    this.name = 'MissingFeatureError';
    this.feature = feature;
  }
}
