// A receiver of Osprey's webhooks: checks the signature, prints what it was told, ends
// after the first event. Node's standard library only.
//
//   WEBHOOK_SECRET=whsec_... node receiver.mjs PORT
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.WEBHOOK_SECRET;
const port = Number(process.argv[2]);
const oldest = 300; // seconds
const largest = 16 << 20; // bytes of a body
if (!secret || !port) {
	console.error('usage: WEBHOOK_SECRET=whsec_... node receiver.mjs PORT');
	process.exit(2);
}

// signed tells whether the header Osprey-Signature, "t=1767225600,v1=89a8...", fits the
// bytes of the body. While a secret is being changed there are two v1; one must fit.
function signed(header, body, now) {
	const fields = (header ?? '').split(',').map((field) => field.trim().split('='));
	const time = fields.find(([key]) => key === 't')?.[1] ?? '';
	if (!/^\d+$/.test(time) || Math.abs(now - Number(time)) > oldest) return false;
	const want = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
	return fields.some(([key, hex]) => {
		if (key !== 'v1') return false;
		const given = Buffer.from(hex ?? '', 'hex');
		return given.length === want.length && timingSafeEqual(given, want); // in constant time
	});
}

const server = createServer((request, response) => {
	const chunks = [];
	let size = 0;
	request.on('data', (chunk) => {
		size += chunk.length;
		if (size > largest) request.destroy();
		else chunks.push(chunk);
	});
	request.on('end', () => {
		const body = Buffer.concat(chunks); // the raw bytes: JSON that was parsed and written anew has another signature
		if (!signed(request.headers['osprey-signature'], body, Date.now() / 1000)) {
			response.writeHead(401).end();
			return;
		}
		const event = JSON.parse(body);
		console.log(`${event.event}, signature verified`);
		for (const a of event.analyses ?? []) console.log(`${a.type}: ${a.resolution_status}`);
		// Any 2xx says "I have it". A real receiver answers first and works afterwards, and
		// drops an event_id that it has seen: an event may come twice.
		response.writeHead(204, { Connection: 'close' }).end(() => server.close());
	});
});
server.listen(port, '127.0.0.1', () => console.log('ready'));
