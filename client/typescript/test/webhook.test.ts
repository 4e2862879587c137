import assert from 'node:assert/strict';
import { test } from 'node:test';

import { verifyWebhook, WebhookError } from 'osprey-client';

// The vector of the contract.
const secret = 'whsec_0123456789abcdef';
const body = '{"event":"ping"}';
const stamp = 1767225600;
const v1 = '89a84bd04f136ce25b30fc3a9a0273ff555486f47b7023201c8a08e877709e47';
const header = `t=${stamp},v1=${v1}`;
const after = (seconds: number): Date => new Date((stamp + seconds) * 1000);

test('what is signed is taken', async () => {
  for (const [name, head, raw, seconds, secrets] of [
    ['the vector', header, body, 0, secret],
    ['bytes', header, new TextEncoder().encode(body), 0, secret],
    ['an ArrayBuffer', header, new TextEncoder().encode(body).buffer, 0, secret],
    ['with spaces and new parts', `t=${stamp}, v2=x, v1=${v1}`, body, 0, secret],
    ['one of two secrets', header, body, 0, ['other', secret]],
    ['signed twice', `t=${stamp},v1=${'0'.repeat(64)},v1=${v1}`, body, 0, secret],
    ['at the last moment', header, body, 300, secret],
    ['a little of the future', header, body, -300, secret],
  ] as const) {
    assert.equal((await verifyWebhook(secrets, head, raw, after(seconds))).event, 'ping', name);
  }
});

test('all else is refused', async () => {
  for (const [name, head, raw, seconds, secrets, reason] of [
    ['too old', header, body, 301, secret, 'age'],
    ['of the future', header, body, -301, secret, 'age'],
    ['now by default', header, body, undefined, secret, 'age'],
    ['another secret', header, body, 0, 'other', 'signature'],
    ['no secret', header, body, 0, [], 'signature'],
    ['an empty secret', header, body, 0, '', 'signature'],
    ['another body', header, body + ' ', 0, secret, 'signature'],
    ['another moment', `t=${stamp + 1},v1=${v1}`, body, 0, secret, 'signature'],
    ['upper case', `t=${stamp},v1=${v1.toUpperCase()}`, body, 0, secret, 'signature'],
    ['two moments', `t=${stamp},${header}`, body, 0, secret, 'signature'],
    ['no moment', `v1=${v1}`, body, 0, secret, 'signature'],
    ['a moment that is none', `t=-1,v1=${v1}`, body, 0, secret, 'signature'],
    ['a moment beyond all', `t=99999999999999999999,v1=${v1}`, body, 0, secret, 'signature'],
    ['no signature', `t=${stamp}`, body, 0, secret, 'signature'],
    ['an empty signature', `t=${stamp},v1=`, body, 0, secret, 'signature'],
    ['half a signature', `t=${stamp},v1=${v1.slice(0, 32)}`, body, 0, secret, 'signature'],
    ['too many', `t=${stamp}${`,v1=${v1}`.repeat(9)}`, body, 0, secret, 'signature'],
    ['an empty header', '', body, 0, secret, 'signature'],
    ['no header', null, body, 0, secret, 'signature'],
  ] as const) {
    const now = seconds === undefined ? undefined : after(seconds);
    await assert.rejects(verifyWebhook(secrets, head, raw, now), (e) => e instanceof WebhookError && e.reason === reason, name);
  }
});
