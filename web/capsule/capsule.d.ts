/** The largest capsule that a server takes, in bytes. */
export const MAX_BYTES: number;

/** The most media of a capsule. */
export const MAX_MEDIA: number;

/** A photo, a video or a shot set (a ZIP of frames). */
export interface Medium {
  /** The part name, [A-Za-z0-9_.-]{1,64}; `payload` is taken. */
  key: string;
  data: Blob | ArrayBuffer | Uint8Array;
  /** The file name that the server keeps; of a File, its own by default. */
  name?: string;
  /** What it shows, as "video_selfie_smile" or "photo_id_front". */
  tags?: string[];
  metadata?: Record<string, unknown>;
}

export interface Capsule {
  /** 1 to 10. */
  media: Medium[];
  /** As of a multipart upload: "folder:meta_data", "analyses", "company_id", ... */
  payload?: Record<string, unknown>;
  /** What made the capsule. */
  client?: { name?: string; version?: string; platform?: string };
  /** When the media were captured; now by default. */
  time?: Date;
}

/**
 * Writes a capsule with a session token, which it uses up. Rejects with a TypeError
 * or RangeError for what no server would take.
 */
export function sealCapsule(sessionToken: string, capsule: Capsule): Promise<Blob>;

/** The signature of a manifest: hex HMAC-SHA-256. For those who write their own. */
export function signManifest(key: Uint8Array, manifest: Uint8Array): Promise<string>;

/** A refusal of the server. */
export class CapsuleError extends Error {
  /** The HTTP status. */
  status: number;
  /** The error code of the API, null when the answer had none. */
  code: number | null;
  /** The stable word of the refusal, as "token_used". */
  reason: string | null;
  details: Record<string, unknown> | null;
}

/**
 * Gets a session token. A page that is logged in may call it; better, its backend
 * does, and hands the page the token for one capsule.
 */
export function getSessionToken(server: string, accessToken: string, options?: { signal?: AbortSignal }): Promise<string>;

/**
 * Sends a capsule and resolves to the folder that came of it, with results when the
 * payload asked for analyses. With `instant` the server keeps nothing.
 */
export function sendCapsule(
  server: string,
  accessToken: string | null,
  capsule: Blob,
  options?: { instant?: boolean; signal?: AbortSignal },
): Promise<Record<string, unknown>>;
