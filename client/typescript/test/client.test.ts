import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dataOf, itemsOf, OspreyClient, OspreyError, walk, type ClientOptions } from 'osprey-client';

const server = 'http://osprey.test/prefix';
const refusal = (status: number, code: number, headers: Record<string, string> = {}): Response =>
  Response.json({ error_code: code, error_message: 'no', details: { reason: 'why', field: 'which' } }, { status, headers });

/** A client whose requests are answered one after the other, and what it sent. */
function scripted(answers: Response[], options: Partial<ClientOptions> = {}): { client: OspreyClient; sent: Request[] } {
  const sent: Request[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    sent.push(request);
    return answers.shift() ?? assert.fail(`a request too many: ${request.method} ${request.url}`);
  };
  return { client: new OspreyClient({ server, token: 'service', fetch, ...options }), sent };
}

const soon = { 'Retry-After': '0' };
const photo = { key: 'photo1', data: new Blob(['bytes']) };
const folder = { folder_id: 'f' };

test('a refusal tells all', async () => {
  const { client } = scripted([refusal(409, 15, { 'X-Request-Id': 'r-1', 'Retry-After': '1' })]);
  await assert.rejects(client.api.DELETE('/api/folders/{folder_id}', { params: { path: { folder_id: 'f' } } }), (e) => {
    assert(e instanceof OspreyError);
    const { status, code, details, requestId, retryAfter, reason, field, message } = e;
    assert.deepEqual({ status, code, details, requestId, retryAfter, reason, field, message }, {
      status: 409, code: 15, details: { reason: 'why', field: 'which' }, requestId: 'r-1', retryAfter: 1, reason: 'why', field: 'which', message: 'no',
    });
    return true;
  });
});

test('an answer from something between is a refusal without a code', async () => {
  const { client } = scripted([new Response('<html>', { status: 502 })]);
  await assert.rejects(client.logout(), (e) => e instanceof OspreyError && e.code === null && e.status === 502 && e.details === null);
});

test('a GET is sent again when the server invites to', async () => {
  const { client, sent } = scripted([refusal(429, 18, soon), refusal(503, 19, soon), Response.json({ version: '1' })]);
  assert.deepEqual(await dataOf(client.api.GET('/api/version')), { version: '1' });
  assert.deepEqual(sent.map((r) => [r.url, r.headers.get('X-Forensic-Access-Token'), r.redirect]), Array(3).fill([`${server}/api/version`, 'service', 'error']));
});

test('a POST is sent again with its key and its whole body', async () => {
  const { client, sent } = scripted([refusal(503, 19, soon), refusal(429, 18, soon), Response.json(folder, { status: 201 })]);
  await client.uploadFolder({ files: [{ ...photo, tags: ['photo_selfie'] }], analyses: [{ type: 'QUALITY' }], wait: 5 });
  const keys = new Set(sent.map((r) => r.headers.get('Idempotency-Key')));
  assert.equal(keys.size, 1);
  assert.match([...keys][0] ?? '', /^[0-9a-f]{32}$/);
  for (const request of sent) {
    assert.equal(request.url, `${server}/api/folders/?wait=5`);
    const form = await request.formData();
    assert.deepEqual(JSON.parse(String(form.get('payload'))), { 'media:tags': { photo1: ['photo_selfie'] }, analyses: [{ type: 'QUALITY' }] });
    assert.equal(await (form.get('photo1') as File).text(), 'bytes');
  }
});

test('a call of api with a key is sent again too', async () => {
  const { client, sent } = scripted([refusal(429, 18, soon), Response.json({}, { status: 201 })]);
  await client.api.POST('/api/collections', { body: { alias: 'a' }, headers: { 'Idempotency-Key': 'k' } });
  assert.deepEqual(await Promise.all(sent.map((r) => r.json())), [{ alias: 'a' }, { alias: 'a' }]);
});

test('nothing else is sent again', async () => {
  const path = { params: { path: { folder_id: 'f' } } };
  const calls: [string, Response, (c: OspreyClient) => Promise<unknown>][] = [
    ['a POST without a key', refusal(429, 18, soon), (c) => c.api.POST('/api/collections', { body: {} })],
    ['a DELETE', refusal(503, 19, soon), (c) => c.api.DELETE('/api/folders/{folder_id}', path)],
    ['an instant call', refusal(503, 19, soon), (c) => c.instant({ files: [photo], analyses: [] })],
    ['a refusal without Retry-After', refusal(503, 19), (c) => c.api.GET('/api/folders/{folder_id}', path)],
    ['a wait too long', refusal(429, 18, { 'Retry-After': '61' }), (c) => c.api.GET('/api/folders/{folder_id}', path)],
    ['another refusal', refusal(409, 15, soon), (c) => c.uploadFolder({ files: [photo] })],
    ['another failure', refusal(500, 0, soon), (c) => c.api.GET('/api/folders/{folder_id}', path)],
  ];
  for (const [name, answer, call] of calls) {
    const { client, sent } = scripted([answer]);
    await assert.rejects(call(client), OspreyError, name);
    assert.equal(sent.length, 1, name);
  }
  const { client, sent } = scripted([refusal(429, 18, soon), refusal(429, 18, soon)], { retries: 1 });
  await assert.rejects(client.api.GET('/api/version'), OspreyError);
  assert.equal(sent.length, 2);
});

test('a wait ends with its signal', async () => {
  const stop = new AbortController();
  const { client } = scripted([refusal(429, 18, { 'Retry-After': '50' })]);
  const call = client.api.GET('/api/version', { signal: stop.signal });
  setImmediate(() => stop.abort(new Error('enough')));
  await assert.rejects(call, /enough/);
});

test('an expired session is refreshed once for all who find it so', async () => {
  const seen: string[] = [];
  const kept: unknown[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const token = request.headers.get('X-Forensic-Access-Token') ?? '';
    seen.push(`${new URL(request.url).pathname} ${token}`);
    if (request.url.endsWith('/refresh/')) {
      assert.deepEqual(await request.json(), { expire_token: 'e1' });
      return Response.json({ access_token: 'a2', expire_token: 'e2' });
    }
    return token === 'a2' ? Response.json({ version: '1' }) : refusal(401, 8);
  };
  const client = new OspreyClient({ server, fetch, session: { access_token: 'a1', expire_token: 'e1' }, onSession: (s) => kept.push(s) });
  await Promise.all([1, 2, 3].map(() => client.api.GET('/api/version')));
  assert.equal(seen.filter((s) => s === '/prefix/api/authorize/refresh/ a1').length, 1);
  assert.equal(seen.filter((s) => s === '/prefix/api/version a2').length, 3);
  assert.equal(client.token, 'a2');
  assert.deepEqual(kept, [{ access_token: 'a2', expire_token: 'e2' }]);
});

test('a session that cannot be refreshed is a refusal', async () => {
  const { client, sent } = scripted([refusal(401, 8), refusal(401, 7)], { session: { access_token: 'a', expire_token: 'e' } });
  await assert.rejects(client.api.GET('/api/version'), (e) => e instanceof OspreyError && e.code === 7);
  assert.equal(sent.length, 2);
  const token = scripted([refusal(401, 8)]);
  await assert.rejects(token.client.api.GET('/api/version'), (e) => e instanceof OspreyError && e.code === 8);
});

test('links are read without a token', async () => {
  const { client, sent } = scripted([new Response('bytes')]);
  assert.equal(await (await client.download('http://media.test/static/f/m.jpg?exp=1&sig=0')).text(), 'bytes');
  assert.equal(sent[0]?.headers.get('X-Forensic-Access-Token'), null);
});

test('an upload that no server takes is not sent', async () => {
  const { client, sent } = scripted([]);
  for (const key of ['payload', '', 'a b', 'x'.repeat(65)]) {
    await assert.rejects(client.uploadFolder({ files: [{ ...photo, key }] }), TypeError);
  }
  await assert.rejects(client.uploadFolder({ files: [photo, photo] }), TypeError);
  assert.equal(sent.length, 0);
});

test('an address that is none is refused', () => {
  for (const bad of ['ftp://h', 'http://user:secret@h', 'http://h?q', 'no address']) {
    assert.throws(() => new OspreyClient({ server: bad }), TypeError, bad);
  }
});

test('a walk ends with the last page', async () => {
  const pages = [[1, 2], { items: [3, 4], limit: 2, offset: 2 }, { items: [], limit: 2, offset: 4 }];
  const asked: number[] = [];
  const all: number[] = [];
  for await (const item of walk<number>(async ({ offset }) => {
    asked.push(offset);
    return pages.shift() ?? assert.fail('a page too many');
  }, 2)) {
    all.push(item);
  }
  assert.deepEqual(all, [1, 2, 3, 4]);
  assert.deepEqual(asked, [0, 2, 4]);
  assert.deepEqual(itemsOf([1]), [1]);
});
