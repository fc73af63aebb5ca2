import { describe, expect, it } from 'vitest';
import { profileOf, type NetworkFacts } from '../../../src-main/detect/incidents/profile.ts';

const facts = (over: Partial<NetworkFacts>): NetworkFacts => ({
  ours: 5,
  servers: 1,
  directories: 0,
  fileServers: 0,
  ...over,
});
const nameOf = (over: Partial<NetworkFacts>): string => profileOf(facts(over)).name;

describe('the kind of network', () => {
  it.each<[string, Partial<NetworkFacts>]>([
    ['home', { ours: 1 }],
    ['home', { ours: 20 }],
    ['home', { ours: 12, fileServers: 1 }],
    ['office', { ours: 21 }],
    ['office', { ours: 3, directories: 1 }],
    ['office', { ours: 249 }],
    ['office', { ours: 120, directories: 1 }],
    ['enterprise', { ours: 250 }],
    ['enterprise', { ours: 100, directories: 2 }],
  ])('is taken as %s with %o', (name, over) => {
    expect(nameOf(over)).toBe(name);
  });

  it('is told with its reason', () => {
    expect(profileOf(facts({ ours: 34, servers: 3, directories: 1, fileServers: 2 }))).toEqual({
      name: 'office',
      reason:
        'Recognised by what the capture shows: 34 hosts of yours, 3 of them answer others, 1 directory server (Kerberos or LDAP), 2 file servers.',
    });
    expect(profileOf(facts({ ours: 0, servers: 0 }))).toEqual({
      name: 'office',
      reason: 'No host of your networks spoke with another, so nothing tells: the middle was taken.',
    });
  });

  it('is what someone chose, whatever the capture shows', () => {
    expect(profileOf(facts({ ours: 900 }), 'home')).toEqual({ name: 'home', reason: 'Chosen by you.' });
  });
});
