import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as zlib from 'node:zlib';

import { CapsuleError, getSessionToken, MAX_BYTES, sealCapsule, sendCapsule, signManifest } from '../capsule.js';
import { crc32 as ours } from '../zip.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const token = `eyJhbGciOiJFUzM4NCJ9.eyJqdGkiOiIuLi4ifQ.c2ln~${Buffer.from(key).toString('base64url')}`;
const photo = (text = 'the bytes of a photo') => ({ key: 'photo1', data: new Blob([text]), name: 'a.jpg' });

/** Reads a ZIP file of stored entries by its directory. */
async function unzip(blob) {
  const b = Buffer.from(await blob.arrayBuffer());
  const end = b.length - 22;
  assert.equal(b.readUInt32LE(end), 0x06054b50);
  const entries = [];
  let at = b.readUInt32LE(end + 16);
  assert.equal(at + b.readUInt32LE(end + 12), end);
  for (let n = 0; n < b.readUInt16LE(end + 10); n++) {
    assert.equal(b.readUInt32LE(at), 0x02014b50);
    const [sum, size, length, local] = [b.readUInt32LE(at + 16), b.readUInt32LE(at + 24), b.readUInt16LE(at + 28), b.readUInt32LE(at + 42)];
    const name = b.toString('latin1', at + 46, at + 46 + length);
    assert.deepEqual(b.subarray(local + 4, local + 30), b.subarray(at + 6, at + 32));
    const content = b.subarray(local + 30 + length, local + 30 + length + size);
    assert.equal((zlib.crc32 ?? ours)(content), sum);
    entries.push({ name, content });
    at += 46 + length;
  }
  assert.equal(at, end);
  return entries;
}

test('the vector of the format', async () => {
  const signature = await signManifest(key, new TextEncoder().encode('{"version":1}'));
  assert.equal(signature, 'e08fd527417b0b0b4fdcc96ab4ea762f071d243986aa57fa621cd92364ad3ce2');
});

test('CRC-32 of the standard check value', () => {
  assert.equal(ours(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.equal(ours(new Uint8Array()), 0);
});

test('a capsule holds what went in, listed and signed', async () => {
  const blob = await sealCapsule(token, {
    media: [
      { ...photo(), tags: ['photo_selfie'], metadata: { foo: 'bar' } },
      { key: 'raw', data: new Uint8Array([1, 2, 3]) },
      { key: 'buffer', data: new Uint8Array([4]).buffer, name: '../é.png' },
    ],
    payload: { 'folder:meta_data': { a: 1 }, analyses: [{ type: 'quality' }] },
    client: { name: 'test' },
    time: new Date(1767225605500),
  });
  assert.equal(blob.type, 'application/octet-stream');
  const entries = await unzip(blob);
  assert.deepEqual(entries.map((e) => e.name), ['manifest.json', 'payload.json', 'media/1', 'media/2', 'media/3', 'signature']);
  const text = entries[0].content;
  const manifest = JSON.parse(text);
  assert.equal(manifest.version, 1);
  assert.equal(manifest.session_token, 'eyJhbGciOiJFUzM4NCJ9.eyJqdGkiOiIuLi4ifQ.c2ln');
  assert.equal(manifest.time_created, 1767225605.5);
  assert.deepEqual(manifest.client, { name: 'test', version: '1.0.0', platform: 'web' });
  assert.deepEqual(manifest.entries.map((e) => [e.name, e.key, e.original_name]), [
    ['payload.json', undefined, undefined], ['media/1', 'photo1', 'a.jpg'], ['media/2', 'raw', undefined], ['media/3', 'buffer', '../é.png'],
  ]);
  for (const [i, e] of manifest.entries.entries()) {
    assert.equal(e.size, entries[i + 1].content.length);
    assert.equal(e.sha256, createHash('sha256').update(entries[i + 1].content).digest('hex'));
  }
  assert.deepEqual(JSON.parse(entries[1].content), {
    'folder:meta_data': { a: 1 }, analyses: [{ type: 'quality' }],
    'media:tags': { photo1: ['photo_selfie'] }, 'media:meta_data': { photo1: { foo: 'bar' } },
  });
  assert.equal(entries[2].content.toString(), 'the bytes of a photo');
  const want = createHmac('sha256', key).update('osprey-capsule-v1\n').update(text).digest('hex');
  assert.equal(entries[5].content.toString(), want);
});

test('the key is nowhere in the capsule', async () => {
  const b = Buffer.from(await (await sealCapsule(token, { media: [photo()] })).arrayBuffer());
  assert.ok(!b.includes(Buffer.from(key)) && !b.includes(token.split('~')[1]));
});

test('what no server would take is refused', async () => {
  for (const bad of ['', 'a.b.c', 'a.b.c~short', `${token}~x`, `~${token.split('~')[1]}`, null]) {
    await assert.rejects(sealCapsule(bad, { media: [photo()] }), TypeError);
  }
  await assert.rejects(sealCapsule(token, { media: [] }), RangeError);
  await assert.rejects(sealCapsule(token, { media: Array.from({ length: 11 }, (_, i) => ({ ...photo(), key: `k${i}` })) }), RangeError);
  await assert.rejects(sealCapsule(token, { media: [photo(), photo()] }), TypeError);
  for (const bad of ['', 'payload', 'a b', 'x'.repeat(65)]) {
    await assert.rejects(sealCapsule(token, { media: [{ ...photo(), key: bad }] }), TypeError);
  }
  await assert.rejects(sealCapsule(token, { media: [{ key: 'a', data: 'text' }] }), TypeError);
  await assert.rejects(sealCapsule(token, { media: [{ key: 'a', data: new Uint8Array(MAX_BYTES) }] }), RangeError);
});

test('calls carry the token and tell refusals', async (t) => {
  const seen = [];
  t.mock.method(globalThis, 'fetch', async (url, options) => {
    seen.push([url, options.method ?? 'GET', options.headers['X-Forensic-Access-Token'], options.headers['Content-Type']]);
    return url.endsWith('session_token')
      ? Response.json({ session_token: token, expire_date: 1 })
      : Response.json({ error_code: 14, error_message: 'Invalid request data', details: { reason: 'token_used' } }, { status: 400 });
  });
  assert.equal(await getSessionToken('https://osprey.example.com/', 'osp_at_x'), token);
  await assert.rejects(sendCapsule('https://osprey.example.com', 'osp_at_x', new Blob(['x']), { instant: true }), (e) => {
    assert.ok(e instanceof CapsuleError);
    assert.deepEqual([e.status, e.code, e.reason], [400, 14, 'token_used']);
    return true;
  });
  assert.deepEqual(seen, [
    ['https://osprey.example.com/api/authorize/session_token', 'GET', 'osp_at_x', undefined],
    ['https://osprey.example.com/api/instant/folders/', 'POST', 'osp_at_x', 'application/octet-stream'],
  ]);
});
