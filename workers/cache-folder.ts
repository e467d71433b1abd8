import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The user's cache folder, for what can be made again at a price: `$TRISCALE_CACHE`, else `$XDG_CACHE_HOME/triscale`, else
 * `~/.cache/triscale`. It need not exist yet.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TRISCALE_CACHE) return path.resolve(env.TRISCALE_CACHE);
  // The XDG base directory specification: a relative path counts as unset.
  const base = env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  return path.join(base ?? path.join(homedir(), '.cache'), 'triscale');
}
