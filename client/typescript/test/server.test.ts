// Against a server that runs: OSPREY_URL, OSPREY_EMAIL and OSPREY_PASSWORD of an ADMIN,
// OSPREY_PHOTO and OSPREY_PHOTO_2, two photos of one person. Its sessions should expire
// within seconds, so that refreshing is part of every test.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

import { Code, dataOf, isCode, itemsOf, OspreyClient, OspreyError, walk } from 'osprey-client';
import { sealCapsule, sendCapsule } from 'osprey-client/capsule';

const { OSPREY_URL: server = '', OSPREY_EMAIL: email = '', OSPREY_PASSWORD: password = '' } = process.env;
const options = { skip: server === '' && 'OSPREY_URL names no server' };

let admin: OspreyClient;
let service: OspreyClient; // a CLIENT_SERVICE user of the company
let companyId: string;
let first: Blob;
let second: Blob;

before(async () => {
  if (server === '') {
    return;
  }
  first = new Blob([await readFile(process.env['OSPREY_PHOTO'] ?? '')]);
  second = new Blob([await readFile(process.env['OSPREY_PHOTO_2'] ?? '')]);
  admin = new OspreyClient({ server });
  const { user } = await admin.login(email, password);
  assert.equal(user.user_type, 'ADMIN');
  companyId = (await dataOf(admin.api.POST('/api/companies', { body: { name: `typescript ${randomUUID()}` } }))).company_id;
  const { user_id } = await dataOf(admin.api.POST('/api/users', {
    body: {
      email: `${randomUUID()}@example.com`, password: randomUUID(), first_name: 'S', last_name: 'S', company_id: companyId,
      user_type: 'CLIENT_SERVICE', can_erase: true,
    },
  }));
  const { access_token: token } = await admin.createServiceToken(user_id, 'test', 3600);
  service = new OspreyClient({ server, token });
});

test('the token of an expired session is refreshed', options, async () => {
  const client = new OspreyClient({ server });
  const pair = await client.login(email, password);
  const asItWas = new OspreyClient({ server, token: pair.access_token });
  const deadline = Date.now() + 60_000;
  for (;;) { // until the server says that it has expired
    try {
      await asItWas.api.GET('/api/license');
      assert(Date.now() < deadline, 'the session does not expire');
    } catch (e) {
      assert(isCode(e, Code.AuthExpired), String(e));
      break;
    }
  }
  await Promise.all([1, 2, 3].map(() => client.api.GET('/api/license')));
  assert.notEqual(client.token, pair.access_token);
  await client.refresh();
  await client.logout();
  assert.equal(client.token, null);
  await assert.rejects(client.api.GET('/api/license'), (e) => isCode(e, Code.NoToken));
});

test('a wrong password is a refusal with a request id', options, async () => {
  const client = new OspreyClient({ server });
  await assert.rejects(client.login(`${randomUUID()}@example.com`, 'none'), (e) => e instanceof OspreyError
    && e.status === 401 && e.code === Code.AuthInvalid && e.requestId !== null);
});

test('a single request answers with results', options, async () => {
  const folder = await service.uploadFolder({
    files: [
      { key: 'photo1', data: first, name: 'sélfie.jpg', tags: ['photo_selfie'], metadata: { side: 'left' } },
      { key: 'photo2', data: second, tags: ['photo_selfie'] },
    ],
    metadata: { from: 'typescript' },
    analyses: [{ type: 'QUALITY' }, { type: 'BIOMETRY', source_media: ['photo1', 'photo2'] }],
    wait: 60,
  });
  const done = await service.waitFolder(folder.folder_id);
  assert.deepEqual(done.meta_data, { from: 'typescript' });
  assert.deepEqual(done.media.map((m) => [m.media_key, m.tags]).sort(), [['photo1', ['photo_selfie']], ['photo2', ['photo_selfie']]]);
  assert.deepEqual(done.media.map((m) => m.original_name).sort(), ['photo2', 'sélfie.jpg']);
  assert.deepEqual(done.analyses?.map((a) => [a.type, a.state]).sort(), [['BIOMETRY', 'FINISHED'], ['QUALITY', 'FINISHED']]);
  const medium = done.media.find((m) => m.media_key === 'photo1');
  const came = await (await service.download(medium?.original_url ?? '')).arrayBuffer();
  assert.deepEqual(Buffer.from(came), Buffer.from(await first.arrayBuffer()));
});

test('a key makes a repetition harmless', options, async () => {
  const upload = { files: [{ key: 'photo1', data: first }], idempotencyKey: randomUUID() };
  const once = await service.uploadFolder(upload);
  const twice = await service.uploadFolder(upload);
  assert.equal(twice.folder_id, once.folder_id);
  await assert.rejects(service.uploadFolder({ ...upload, metadata: { other: true } }),
    (e) => isCode(e, Code.Conflict) && e.reason === 'idempotency_mismatch');
});

test('a list is kept and searched', options, async () => {
  const { collection_id } = await dataOf(admin.api.POST('/api/collections', { body: { alias: `list-${randomUUID()}`, company_id: companyId } }));
  const person = await admin.addPerson(collection_id, { files: [{ key: 'image1', data: first }], metadata: { person_info: { first_name: 'T' } } });
  const folder = await service.uploadFolder({ files: [{ key: 'photo1', data: second, tags: ['photo_selfie'] }] });
  const [started] = await service.startAnalyses(folder.folder_id, [{ type: 'COLLECTION', collection_id }]);
  const done = await service.waitAnalysis(started?.analysis_id ?? '');
  assert.equal(done.resolution_status, 'DECLINED');
  const persons = itemsOf(await dataOf(admin.api.GET('/api/collections/{collection_id}/persons', { params: { path: { collection_id } } })));
  assert.deepEqual(persons.map((p) => p.person_id), ['person_id' in person ? person.person_id : '']);
});

test('an instant call leaves nothing', options, async () => {
  const answer = await service.instant({ files: [{ key: 'photo1', data: first, tags: ['photo_selfie'] }], analyses: [{ type: 'QUALITY' }] });
  assert.deepEqual(answer.analyses?.map((a) => a.state), ['FINISHED']);
  const path = { folder_id: answer.folder_id };
  await assert.rejects(service.api.GET('/api/folders/{folder_id}', { params: { path } }), (e) => isCode(e, Code.NotExist));
});

test('a walk finds every folder', options, async () => {
  const made = new Set<string>();
  for (const data of [first, second, first]) {
    made.add((await service.uploadFolder({ files: [{ key: 'photo1', data }] })).folder_id);
  }
  const query = { sorting: 'time_created{asc}' as const };
  for await (const folder of walk((window) => dataOf(service.api.GET('/api/folders', { params: { query: { ...query, ...window } } })), 2)) {
    made.delete(folder.folder_id);
  }
  assert.deepEqual([...made], []);
});

test('a capsule is taken', options, async () => {
  const { session_token } = await dataOf(service.api.GET('/api/authorize/session_token'));
  const capsule = await sealCapsule(session_token, { media: [{ key: 'photo1', data: first, tags: ['photo_selfie'] }] });
  const folder = await sendCapsule(server, service.token, capsule);
  assert.equal(typeof folder['folder_id'], 'string');
});

test('what is wrong in an upload has a field', options, async () => {
  await assert.rejects(service.uploadFolder({ files: [{ key: 'photo1', data: first }], analyses: [{ type: 'QUALITY', source_media: ['other'] }] }),
    (e) => isCode(e, Code.InvalidValue) && e.field === 'analyses.0.source_media.0' && e.details !== null);
});
