/** Refuses an engine that does not exist before anything is planned or stored; `auto` and nothing are always right. */
export async function checkEngine(name: string | undefined): Promise<void> {
  if (name === undefined || name === 'auto') return;
  const { engineNames } = await import('../../../workers/engine/index.js');
  const { lookup } = await import('../../../search/base/errors.js');
  lookup(Object.fromEntries(engineNames.map((engine) => [engine, true])), name, '--engine');
}
