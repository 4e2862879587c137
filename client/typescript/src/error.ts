/** The codes of refusals that programs ask for. */
export const Code = {
  Unknown: 0,
  NotRealized: 2,
  InvalidStructure: 3,
  InvalidValue: 4,
  InvalidType: 5,
  NoToken: 6,
  AuthInvalid: 7,
  AuthExpired: 8,
  Forbidden: 9,
  NotExist: 10,
  CapsuleInvalid: 14,
  Conflict: 15,
  TooLarge: 16,
  UnsupportedMedia: 17,
  RateLimited: 18,
  Unavailable: 19,
  NoFace: 20,
  SeveralFaces: 21,
  LowQuality: 22,
} as const;

/** What an OspreyError is made of. */
export interface Refusal {
  message: string;
  status: number;
  code: number | null;
  details: Record<string, unknown> | null;
  requestId: string | null;
  retryAfter: number | null;
}

/** A refusal of the server. */
export class OspreyError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** The error code of the API, null when the answer had none: then it came from something between. */
  readonly code: number | null;
  /** field, limit, actual, reason, and what the case has. */
  readonly details: Record<string, unknown> | null;
  /** What the server's log calls the request. */
  readonly requestId: string | null;
  /** Seconds after which to come again, null when the server did not say. */
  readonly retryAfter: number | null;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'OspreyError';
    this.status = refusal.status;
    this.code = refusal.code;
    this.details = refusal.details;
    this.requestId = refusal.requestId;
    this.retryAfter = refusal.retryAfter;
  }

  /** The part of the request that was refused, if the server named one. */
  get field(): string | null {
    return this.#detail('field');
  }

  /** The stable word for the fault, if there is one. */
  get reason(): string | null {
    return this.#detail('reason');
  }

  #detail(key: string): string | null {
    const value = this.details?.[key];
    return typeof value === 'string' ? value : null;
  }
}

/** Whether e is a refusal with one of the codes. */
export function isCode(e: unknown, ...codes: number[]): e is OspreyError {
  return e instanceof OspreyError && e.code !== null && codes.includes(e.code);
}

/** Reads the refusal that an answer holds. */
export async function readError(response: Response): Promise<OspreyError> {
  const seconds = response.headers.get('Retry-After') ?? '';
  const refusal: Refusal = {
    message: `The server answered ${response.status}`,
    status: response.status,
    code: null,
    details: null,
    requestId: response.headers.get('X-Request-Id'),
    retryAfter: /^[0-9]{1,9}$/.test(seconds) ? Number(seconds) : null,
  };
  const body: unknown = await response.json().catch(() => null);
  if (isObject(body) && Number.isInteger(body['error_code'])) {
    refusal.code = body['error_code'] as number;
    refusal.message = typeof body['error_message'] === 'string' ? body['error_message'] : refusal.message;
    refusal.details = isObject(body['details']) ? body['details'] : null;
  }
  return new OspreyError(refusal);
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}
