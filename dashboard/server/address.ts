import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** `http://127.0.0.1:8080`; an IPv6 address stands in brackets. */
export function originOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * Whether a Host header names this server. A page of another site can make a browser call its own name at our address (DNS rebinding),
 * but no address literal: so on loopback only its names pass, and elsewhere also literals and the names that the server is known by.
 */
export function isOwnHost(
  header: string | undefined,
  bound: { readonly host: string; readonly port: number },
): boolean {
  if (header === undefined || !URL.canParse(`http://${header}`)) return false;
  const url = new URL(`http://${header}`);
  if (url.host !== header.toLowerCase() && `${url.host}:80` !== header.toLowerCase()) return false;
  if (Number(url.port || 80) !== bound.port) return false;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(name)) return true;
  return !isLoopback(bound.host) && (isIP(name) !== 0 || name === bound.host || name === hostname().toLowerCase());
}
