// Osprey capsules: see README.md and capsule.d.ts.

import { zip } from './zip.js';

export const MAX_BYTES = 64 * 1024 * 1024;
export const MAX_MEDIA = 10;

const encoder = new TextEncoder();
const partName = /^[A-Za-z0-9_.-]{1,64}$/;

/** Hex of bytes, in lower case. */
function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
}

function subtle() {
  const s = globalThis.crypto?.subtle;
  if (!s) {
    throw new Error('Osprey capsule: WebCrypto is not there; the page must come over HTTPS or from localhost');
  }
  return s;
}

/** Takes a session token apart into the JWT, which travels, and the key, which does not. */
function splitToken(sessionToken) {
  const [jwt, secret, ...more] = String(sessionToken).split('~');
  if (!jwt || !/^[A-Za-z0-9_-]{43}$/.test(secret ?? '') || more.length > 0) {
    throw new TypeError('Osprey capsule: this is no session token');
  }
  const text = atob(secret.replaceAll('-', '+').replaceAll('_', '/') + '=');
  return { jwt, key: Uint8Array.from(text, (c) => c.charCodeAt(0)) };
}

async function bytesOf(data) {
  if (data instanceof Uint8Array) {
    return data;
  }
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  if (typeof data?.arrayBuffer === 'function') {
    return new Uint8Array(await data.arrayBuffer());
  }
  throw new TypeError('Osprey capsule: media are Blob, ArrayBuffer or Uint8Array');
}

export async function signManifest(key, manifest) {
  const text = encoder.encode('osprey-capsule-v1\n');
  const message = new Uint8Array(text.length + manifest.length);
  message.set(text);
  message.set(manifest, text.length);
  const imported = await subtle().importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return hex(await subtle().sign('HMAC', imported, message));
}

/** The payload with what the media say about themselves. */
function payloadOf(payload, media) {
  const all = { ...payload };
  for (const [name, of] of [['media:tags', 'tags'], ['media:meta_data', 'metadata']]) {
    const said = media.filter((m) => m[of] !== undefined).map((m) => [m.key, m[of]]);
    if (said.length > 0) {
      all[name] = { ...all[name], ...Object.fromEntries(said) };
    }
  }
  return all;
}

export async function sealCapsule(sessionToken, { media, payload = {}, client, time = new Date() }) {
  const { jwt, key } = splitToken(sessionToken);
  if (!Array.isArray(media) || media.length < 1 || media.length > MAX_MEDIA) {
    throw new RangeError(`Osprey capsule: 1 to ${MAX_MEDIA} media`);
  }
  for (const m of media) {
    if (!partName.test(m.key) || m.key === 'payload' || media.filter((other) => other.key === m.key).length > 1) {
      throw new TypeError(`Osprey capsule: ${JSON.stringify(m.key)} is no key of its own for a medium`);
    }
  }
  const files = [{ name: 'payload.json', bytes: encoder.encode(JSON.stringify(payloadOf(payload, media))), about: {} }];
  for (const [i, m] of media.entries()) {
    const original = m.name ?? m.data?.name;
    files.push({
      name: `media/${i + 1}`, // the file's own name may be anything, an entry's may not
      bytes: await bytesOf(m.data),
      about: { key: m.key, ...(original === undefined ? {} : { original_name: String(original).slice(0, 255) }) },
    });
  }
  const entries = [];
  for (const { name, bytes, about } of files) {
    entries.push({ name, ...about, size: bytes.length, sha256: hex(await subtle().digest('SHA-256', bytes)) });
  }
  const manifest = encoder.encode(JSON.stringify({
    version: 1, session_token: jwt, time_created: time.getTime() / 1000,
    client: { name: 'osprey-capsule', version: '1.0.0', platform: 'web', ...client }, entries,
  }));
  const pieces = zip([
    { name: 'manifest.json', bytes: manifest }, ...files,
    { name: 'signature', bytes: encoder.encode(await signManifest(key, manifest)) },
  ]);
  const blob = new Blob(pieces, { type: 'application/octet-stream' });
  if (blob.size > MAX_BYTES) {
    throw new RangeError(`Osprey capsule: it has ${blob.size} bytes, ${MAX_BYTES} are the limit`);
  }
  return blob;
}

export class CapsuleError extends Error {
  constructor(status, body) {
    super(body?.error_message ?? `The server answered ${status}`);
    this.name = 'CapsuleError';
    this.status = status;
    this.code = body?.error_code ?? null;
    this.reason = body?.details?.reason ?? null;
    this.details = body?.details ?? null;
  }
}

async function call(url, accessToken, options) {
  const headers = { Accept: 'application/json', ...options.headers };
  if (accessToken) {
    headers['X-Forensic-Access-Token'] = accessToken;
  }
  const answer = await fetch(url, { ...options, headers });
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new CapsuleError(answer.status, body);
  }
  return body;
}

const base = (server) => String(server).replace(/\/+$/, '');

export async function getSessionToken(server, accessToken, { signal } = {}) {
  const body = await call(`${base(server)}/api/authorize/session_token`, accessToken, { signal });
  return body.session_token;
}

export async function sendCapsule(server, accessToken, capsule, { instant = false, signal } = {}) {
  return call(`${base(server)}/api/${instant ? 'instant/folders' : 'folders'}/`, accessToken, {
    method: 'POST', body: capsule, headers: { 'Content-Type': 'application/octet-stream' }, signal,
  });
}
