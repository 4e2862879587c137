import type { components } from './schema.js';

/** What a webhook request says. */
export type WebhookEvent = components['schemas']['WebhookRequest'];

/** How old a signature may be, and how far in the future, in seconds. */
export const MAX_SIGNATURE_AGE = 300;

/** The most signatures of one header that are compared. */
const maxSignatures = 8;

/** A webhook request that did not come from the server, or came too late. */
export class WebhookError extends Error {
  constructor(
    /** "signature": it is not valid; "age": it is too old, or of the future. */
    readonly reason: 'signature' | 'age',
  ) {
    super(reason === 'age' ? 'The signature is too old, or of the future' : 'The signature is not valid');
    this.name = 'WebhookError';
  }
}

/**
 * Checks the header Osprey-Signature of a webhook request against its body, byte for
 * byte as it came, and gives what it says. One of the signatures must be made with the
 * secret, or with one of several. Rejects with a WebhookError.
 *
 * Requests come at least once: a receiver drops those whose event_id it has seen.
 */
export async function verifyWebhook(
  secret: string | readonly string[],
  header: string | null | undefined,
  rawBody: string | Uint8Array | ArrayBuffer,
  now: Date = new Date(),
): Promise<WebhookEvent> {
  const given = readSignature(header ?? '');
  if (!given) {
    throw new WebhookError('signature');
  }
  const body = typeof rawBody === 'string' ? encoder.encode(rawBody) : new Uint8Array(rawBody);
  const stamp = encoder.encode(`${given.stamp}.`);
  const message = new Uint8Array(stamp.length + body.length);
  message.set(stamp);
  message.set(body, stamp.length);
  let valid = false;
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    if (one === '') {
      continue; // anybody could sign with it
    }
    const key = await crypto.subtle.importKey('raw', encoder.encode(one), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const signature of given.signatures) {
      // verify compares in constant time.
      valid = (await crypto.subtle.verify('HMAC', key, signature, message)) || valid;
    }
  }
  if (!valid) {
    throw new WebhookError('signature');
  }
  if (Math.abs(now.getTime() / 1000 - Number(given.stamp)) > MAX_SIGNATURE_AGE) {
    throw new WebhookError('age');
  }
  return JSON.parse(new TextDecoder().decode(body)) as WebhookEvent;
}

const encoder = new TextEncoder();

/** Reads t and the v1 values; what it does not know it passes over. */
function readSignature(header: string): { stamp: string; signatures: Uint8Array<ArrayBuffer>[] } | null {
  const stamps: string[] = [];
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  for (const part of header.split(',')) {
    const [, name, value = ''] = /^\s*([^=\s]*)=?(.*?)\s*$/.exec(part) ?? [];
    if (name === 't') {
      stamps.push(value);
    } else if (name === 'v1') {
      signatures.push(bytesOfHex(value));
    }
  }
  const stamp = stamps[0];
  // The digits are what was signed: no sign, no zero before them, no more than a moment has.
  if (stamps.length !== 1 || stamp === undefined || !/^(0|[1-9][0-9]{0,11})$/.test(stamp)) {
    return null;
  }
  return signatures.length > 0 && signatures.length <= maxSignatures ? { stamp, signatures } : null;
}

/** The bytes of a signature, none when it has not the form of one. */
function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  return /^[0-9a-f]{64}$/.test(text) ? Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16)) : new Uint8Array();
}
