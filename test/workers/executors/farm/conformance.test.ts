import path from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { executorWithWorker } from '../../../support/farm.js';
import { missing, parts } from '../../../support/parts.js';
import { TestRedis } from '../../../support/redis.js';
import { scratchFolder } from '../../../support/scratch.js';
import { executorConformance } from '../conformance.js';

describe.skipIf(missing(parts.redis))('on a Redis server', () => {
  const folder = scratchFolder('farm-conformance');
  let redis: TestRedis;
  let farms = 0;
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(() => redis.kill());

  executorConformance('the farm', (slots) => executorWithWorker(redis, `conformance${farms++}`, slots));
});
