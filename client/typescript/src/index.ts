export { dataOf, itemsOf, OspreyClient, walk, type Analysis, type Folder, type List } from './client.js';
export { Code, isCode, OspreyError, type Refusal } from './error.js';
export type { components, paths, webhooks } from './schema.js';
export type { Tokens } from './session.js';
export type { TransportOptions as ClientOptions } from './transport.js';
export type { CallOptions, FolderUpload, InstantUpload, PersonUpload, UploadFile } from './upload.js';
export { MAX_SIGNATURE_AGE, verifyWebhook, WebhookError, type WebhookEvent } from './webhook.js';
