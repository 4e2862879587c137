import type { components } from './schema.js';

type Schemas = components['schemas'];

/** A photo, a video or a shot set (a ZIP of frames). */
export interface UploadFile {
  /** The part name, [A-Za-z0-9_.-]{1,64}, one for each file; `payload` is taken. */
  key: string;
  data: Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** The file name that the server keeps; of a File, its own by default. */
  name?: string;
  /** What it shows, as "video_selfie_smile" or "photo_id_front". */
  tags?: string[];
  metadata?: Record<string, unknown>;
}

/** What every upload may say. */
export interface CallOptions {
  /**
   * Names the call, so that a repetition has no second effect: a fresh key for each
   * call by default. Give one of your own where you may have to repeat the call after
   * your program has ended.
   */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A folder to be made; with analyses it is a single request. */
export interface FolderUpload extends CallOptions {
  files: UploadFile[];
  metadata?: Record<string, unknown>;
  /** Started with the upload, which then answers when they have ended. */
  analyses?: Schemas['DirectAnalysisRequest'][];
  params?: Schemas['AnalysisParams'];
  /** Where the webhook goes; "" switches it off for this folder. */
  resolutionEndpoint?: string | null;
  /** For users who stand above companies. */
  companyId?: string;
  /** The longest wait for the analyses, 0 to 60 seconds. */
  wait?: number;
}

/** Media to be analysed and not kept. */
export interface InstantUpload {
  files: UploadFile[];
  analyses: Schemas['DirectAnalysisRequest'][];
  metadata?: Record<string, unknown>;
  params?: Schemas['AnalysisParams'];
  companyId?: string;
  signal?: AbortSignal;
}

/** A person to be enrolled. */
export interface PersonUpload extends CallOptions {
  files: UploadFile[];
  metadata?: Record<string, unknown>;
  /** Check, and store nothing. */
  dryRun?: boolean;
  /** Refuse somebody who resembles a person that is there. */
  rejectSimilar?: boolean;
}

/** The payload of a folder or an instant call. */
export function folderPayload(upload: FolderUpload | InstantUpload): Schemas['FolderPayload'] {
  return {
    ...mediaPayload(upload.files),
    ...(upload.metadata && { 'folder:meta_data': upload.metadata }),
    ...(upload.analyses && { analyses: upload.analyses }),
    ...(upload.params && { params: upload.params }),
    ...(upload.companyId !== undefined && { company_id: upload.companyId }),
    ...('resolutionEndpoint' in upload && { resolution_endpoint: upload.resolutionEndpoint ?? null }),
  };
}

/** The payload of a person. */
export function personPayload(upload: PersonUpload): Schemas['PersonPayload'] {
  return { ...mediaPayload(upload.files), ...(upload.metadata && { 'person:meta_data': upload.metadata }) };
}

function mediaPayload(files: UploadFile[]): { 'media:tags'?: Record<string, string[]>; 'media:meta_data'?: Record<string, Record<string, unknown>> } {
  const tags = files.flatMap((f) => (f.tags ? [[f.key, f.tags] as const] : []));
  const metadata = files.flatMap((f) => (f.metadata ? [[f.key, f.metadata] as const] : []));
  return {
    ...(tags.length > 0 && { 'media:tags': Object.fromEntries(tags) }),
    ...(metadata.length > 0 && { 'media:meta_data': Object.fromEntries(metadata) }),
  };
}

const partName = /^[A-Za-z0-9_.-]{1,64}$/;

/** A multipart body: the payload first, so that the server knows what comes. */
export function form(files: UploadFile[], payload: object): FormData {
  const body = new FormData();
  body.append('payload', JSON.stringify(payload));
  const seen = new Set(['payload']);
  for (const { key, data, name } of files) {
    if (!partName.test(key) || seen.has(key)) {
      throw new TypeError(`Osprey: ${JSON.stringify(key)} is no key of its own for a file`);
    }
    seen.add(key);
    const blob = data instanceof Blob ? data : new Blob([data]);
    const own = (blob as Blob & { name?: unknown }).name;
    body.append(key, blob, name ?? (typeof own === 'string' && own !== '' ? own : key));
  }
  return body;
}

/** A key that no other call has. */
export function freshKey(): string {
  // randomUUID is not there on pages that came over plain HTTP.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** A query of what is given, with its question mark. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}
