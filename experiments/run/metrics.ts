import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { InputError } from '../../search/base/errors.js';
import type { Progress } from './coordinator/progress.js';
import type { SearchEvent } from './coordinator/search-events.js';

export interface MetricsAddress {
  /** 0 takes any free one. */
  readonly port: number;
  /** Default 127.0.0.1: whoever may see the figures from elsewhere is for the user to say. */
  readonly host?: string;
}

/** Serves how a search stands to Prometheus, under `/metrics`. */
export class MetricsServer {
  private readonly registry = new Registry();
  private readonly trials = new Gauge({
    name: 'triscale_trials',
    help: 'Trials of the search by state.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  private readonly queue = new Gauge({
    name: 'triscale_queue_length',
    help: 'Trials that wait for a worker.',
    registers: [this.registry],
  });
  private readonly imagesPerSecond = new Gauge({
    name: 'triscale_images_per_second',
    help: 'Images that all running trials train on in a second.',
    registers: [this.registry],
  });
  private readonly attempts = new Counter({
    name: 'triscale_attempts_total',
    help: 'Attempts that ended since the coordinator began, by outcome.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  private readonly retries = new Counter({
    name: 'triscale_retries_total',
    help: 'Trials that were queued again after an attempt that failed.',
    registers: [this.registry],
  });
  private progress: () => Progress | null = () => null;

  private constructor(private readonly server: Server) {}

  /** Serves on an address, any free port for 0. Throws `bad-value` where the port is in use or not for this user. */
  static async listen({ port, host = '127.0.0.1' }: MetricsAddress): Promise<MetricsServer> {
    const server = createServer();
    const metrics = new MetricsServer(server);
    server.on('request', (request, response) => {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    server.listen(port, host);
    await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE' && cause.code !== 'EACCES') throw cause;
      const refusal = cause.code === 'EACCES' ? 'for other users' : 'in use';
      const rule = 'expected a free port that this user may open';
      throw new InputError('bad-value', `--metrics: ${rule}, got ${port}, which is ${refusal}`, { cause });
    });
    return metrics;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Whose progress is served from now on. */
  watch(progress: () => Progress): void {
    this.progress = progress;
  }

  count(event: SearchEvent): void {
    if (event.event !== 'trial-ended') return;
    this.attempts.inc({ outcome: event.outcome });
    if (event.state === 'queued') this.retries.inc();
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private text(): Promise<string> {
    const progress = this.progress();
    if (progress) {
      for (const [state, count] of Object.entries(progress.trials)) this.trials.set({ state }, count);
      this.queue.set(progress.trials.queued);
      this.imagesPerSecond.set(progress.running.reduce((sum, trial) => sum + (trial.imagesPerSecond ?? 0), 0));
    }
    return this.registry.metrics();
  }
}
