/** Nothing is known of anybody: where devices are not looked at. */
import type { HostDevice } from '../../../src-shared/domain/device-kinds.ts';
import type { DeviceView } from '../types.ts';

const UNKNOWN: HostDevice = { kind: 'unknown', confidence: 0, why: [] };

export const NO_DEVICES: DeviceView = {
  deviceOf: () => UNKNOWN,
  profileOf: () => undefined,
  placeOf: () => '',
  isOwnCloud: () => false,
};
