import { describe, expect, it } from 'vitest';
import { describeAddress, parseRedisAddress, redisAddress } from '../../../../workers/executors/farm/address.js';

describe('the address of a Redis server', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379, db: 0, tls: false, username: null, password: null }],
    ['rediss://host:7000/3', { host: 'host', port: 7000, db: 3, tls: true, username: null, password: null }],
    ['redis://user:p%40ss@host', { host: 'host', port: 6379, db: 0, tls: false, username: 'user', password: 'p@ss' }],
    ['redis://:secret@[::1]:1', { host: '::1', port: 1, db: 0, tls: false, username: null, password: 'secret' }],
  ])('%s', (text, address) => {
    expect(parseRedisAddress(text, '--redis')).toEqual(address);
  });

  it.each(['host:6379', 'http://host', 'redis://host/name', 'redis://:%zz@host', 'redis://:secret@host:port'])(
    '%s is refused, and what it says is not repeated',
    (text) => {
      expect(() => parseRedisAddress(text, '--redis')).toThrow(
        /^--redis: expected an address such as redis:\/\/host:6379, got /,
      );
      expect(() => parseRedisAddress(text, '--redis')).not.toThrow(/secret/);
    },
  );

  it('is shown without its password', () => {
    const address = parseRedisAddress('rediss://user:secret@host:7000/3', '--redis');
    expect(describeAddress(address)).toBe('rediss://user@host:7000/3');
  });

  it('comes from the command line, else from the environment, the password from the environment alone', () => {
    expect(redisAddress(undefined, {})).toBeNull();
    expect(redisAddress(undefined, { TRISCALE_REDIS: 'redis://:secret@host' })).toMatchObject({ password: 'secret' });
    const env = { TRISCALE_REDIS: 'redis://other', TRISCALE_REDIS_PASSWORD: 'secret' };
    expect(redisAddress('redis://user@host', env)).toMatchObject({
      host: 'host',
      username: 'user',
      password: 'secret',
    });
    expect(() => redisAddress('redis://user:secret@host', env)).toThrow(/^--redis must not contain a password/);
    expect(() => redisAddress('redis://user:secret@host', env)).not.toThrow(/secret/);
  });
});
