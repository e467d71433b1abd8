import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { triscale } from '../../../support/command-line.js';
import { missing, parts } from '../../../support/parts.js';
import { freePort, TestRedis } from '../../../support/redis.js';
import { main } from '../../../support/running-command.js';
import { scratchFolder } from '../../../support/scratch.js';
import { smallExperiment } from '../../../support/small-plan.js';

const folder = scratchFolder('tls');
const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name)) as [string, string];
const experiment = path.join(folder, 'small.json');

describe.skipIf(missing(parts.redis))('a farm over TLS whose server knows its users', () => {
  let redis: TestRedis;
  let port: number;
  const env = { NODE_EXTRA_CA_CERTS: certificate, TRISCALE_REDIS_PASSWORD: 'open-sesame' };

  beforeAll(async () => {
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '1'];
    execFileSync('openssl', ['req', '-x509', ...made, '-subj', '/CN=localhost', '-addext', names], { stdio: 'pipe' });
    writeFileSync(experiment, JSON.stringify(smallExperiment({ depths: 2, replicates: 2 })));
    port = await freePort();
    const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
    const user = ['--user', 'ada', 'on', '>open-sesame', '~*', '&*', '+@all'];
    redis = await TestRedis.start({
      folder: path.join(folder, 'redis'),
      config: [...tls, '--tls-auth-clients', 'no', ...user],
    });
  });
  afterAll(() => redis.kill());

  it('carries a search, and no password is shown', async () => {
    const url = `rediss://ada@localhost:${port}`;
    const worker = spawn(process.execPath, [main, 'worker', '--redis', url, '--engine', 'wasm', '--json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void worker.kill('SIGKILL'));
    await once(createInterface({ input: worker.stdout }), 'line');
    const listed = await triscale(['workers', '--redis', url, '--json'], { env });
    expect(JSON.parse(listed.out)).toMatchObject([{ engine: 'wasm', running: [], quarantine: null }]);
    const store = path.join(folder, 'a.sqlite');
    const ran = await triscale(['run', experiment, '--store', store, '--redis', url, '--simulate', '--yes', '--json'], {
      cwd: folder,
      env,
    });
    const last = JSON.parse(ran.out.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ event: 'finished', trials: { completed: 4 } });
    expect(ran.out + ran.err + listed.out).not.toContain('open-sesame');
  }, 120_000);

  it('takes an address without a name, and refuses a certificate and a user that it does not know', async () => {
    const numbered = await triscale(['workers', '--redis', `rediss://ada@127.0.0.1:${port}`, '--json'], { env });
    expect({ code: numbered.code, err: numbered.err }).toEqual({ code: 0, err: '' });
    const untrusted = await triscale(['workers', '--redis', `rediss://ada@localhost:${port}`], {
      env: { TRISCALE_REDIS_PASSWORD: 'open-sesame', NODE_EXTRA_CA_CERTS: '' },
    });
    expect(untrusted).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot connect .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/),
    });
    const stranger = await triscale(['workers', '--redis', `rediss://bob@localhost:${port}`], { env });
    expect(stranger).toMatchObject({ code: 2, err: expect.stringMatching(/the server refused the login/) });
  }, 60_000);
});
