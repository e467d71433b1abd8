import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A token that nobody guesses: 144 random bits in 24 characters. */
export function makeToken(): string {
  return randomBytes(18).toString('base64url');
}

/** Compares in a time that says nothing of where two tokens differ. */
export function isSameToken(given: string, token: string): boolean {
  return timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
