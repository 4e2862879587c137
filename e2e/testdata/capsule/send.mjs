// Seals a photo with the package web/capsule and sends it twice:
//   node send.mjs MODULE SERVER TOKEN PHOTO
// Prints the folder of the first and the refusal of the second.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [module, server, token, photo] = process.argv.slice(2);
const { getSessionToken, sealCapsule, sendCapsule } = await import(pathToFileURL(module));

const capsule = await sealCapsule(await getSessionToken(server, token), {
  media: [{ key: 'selfie', data: new Blob([await readFile(photo)]), name: 'sélfie.jpg', tags: ['photo_selfie'] }],
  payload: { 'folder:meta_data': { from: 'javascript' } },
});
const folder = await sendCapsule(server, token, capsule);
const refusal = await sendCapsule(server, token, capsule).then(() => null, ({ status, code, reason }) => ({ status, code, reason }));
console.log(JSON.stringify({ folder, refusal }));
