/** The capture that ships with Sonde (`npm run sample`): what is found in it is nobody's trouble. */

/** SHA-256 of resources/sample/office-hour.pcapng.gz. */
export const SAMPLE_SHA256 = '4898b88eeacb22a41827b82a6ad887272b3fddb4f44df308bf208018abd6b5ae';
