import { describe, expect, it } from 'vitest';
import { FLOW_FEATURES, CONN_STATE_CLASSES, featureById } from '../../../src-shared/features/catalogue.ts';
import { fnv1a64, schemaId } from '../../../src-shared/features/schema.ts';
import { SERVICE_CLASSES, serviceClass } from '../../../src-shared/features/services.ts';
import { CONN_STATES } from '../../../src-main/meter/flows/types.ts';

describe('the feature catalogue', () => {
  it('has between 40 and 60 features with ids of their own', () => {
    const ids = FLOW_FEATURES.map((feature) => feature.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(40);
    expect(ids.length).toBeLessThanOrEqual(60);
  });

  it('says of each what it means, where it comes from and how to say it', () => {
    for (const feature of FLOW_FEATURES) {
      expect(feature.meaning.length, feature.id).toBeGreaterThan(10);
      expect(feature.source.length, feature.id).toBeGreaterThan(3);
      expect(feature.phrase, feature.id).toContain('{}');
    }
  });

  it('holds no address, port number, identifier, TTL or time of day', () => {
    const shortcuts = [
      'orig',
      'resp',
      'origPort',
      'respPort',
      'id',
      'uid',
      'ts',
      'sec',
      'nano',
      'ttl',
      'origTtl',
      'respTtl',
      'vlan',
    ];
    for (const name of shortcuts) expect(featureById(name), name).toBeUndefined();
  });

  it('knows every connection state of the flow table', () => {
    expect([...CONN_STATE_CLASSES].sort()).toEqual([...CONN_STATES].sort());
  });
});

describe('the schema id', () => {
  it('is the FNV-1a hash of its text', () => {
    // Reference: 64-bit FNV-1a of the bytes 61 00 (the letter a in UTF-16).
    expect(fnv1a64('')).toBe('cbf29ce484222325');
    expect(fnv1a64('a')).toBe('089be207b544f1e4');
  });

  it('changes with the order, the vocabulary and the version', () => {
    const base = schemaId();
    expect(schemaId([...FLOW_FEATURES].reverse())).not.toBe(base);
    expect(schemaId(FLOW_FEATURES.slice(1))).not.toBe(base);
    expect(schemaId(FLOW_FEATURES, 999)).not.toBe(base);
    expect(schemaId([...FLOW_FEATURES])).toBe(base);
  });
});

describe('service classes', () => {
  it.each([
    ['', 'none'],
    ['dns', 'dns'],
    ['ssl', 'tls'],
    ['smtp,ssl', 'mail'],
    ['ssl,smtp', 'mail'],
    ['gssapi,ntlm,smb', 'directory'],
    ['smb', 'file'],
    ['never-heard-of', 'other'],
    ['never-heard-of,ssl', 'tls'],
  ])('puts "%s" into %s', (service, expected) => {
    expect(SERVICE_CLASSES[serviceClass(service)]).toBe(expected);
  });
});
