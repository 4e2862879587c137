import { Code, OspreyError, readError } from './error.js';
import { Session, type Tokens } from './session.js';

/** How a client makes its calls. */
export interface TransportOptions {
  /** The address of the server, http(s)://HOST[:PORT][/PREFIX]. */
  server: string;
  /** The token of a service user, or one that somebody else got by a login. */
  token?: string;
  /** The tokens of a session that goes on: they are refreshed when they expire. */
  session?: Tokens;
  /** Called with the new tokens after a login and a refresh, to be kept; with null after a logout. */
  onSession?: (tokens: Tokens | null) => void;
  /** How often a refused call is sent again; 3 by default, 0 for never. */
  retries?: number;
  /** The longest wait before one repetition, in seconds; 60 by default. A longer one is an error at once. */
  maxRetryAfter?: number;
  /** Makes the requests; the fetch of the platform by default. */
  fetch?: (request: Request) => Promise<Response>;
}

const tokenHeader = 'X-Forensic-Access-Token';

/** Sends requests with the token in force, and again where that is safe. */
export class Transport {
  readonly base: string;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #retries: number;
  readonly #maxRetryAfter: number;
  readonly #onSession: (tokens: Tokens | null) => void;
  #session: Session | null = null;
  #token: string | null;

  constructor(options: TransportOptions) {
    const url = new URL(options.server);
    if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
      throw new TypeError(`Osprey: ${url.origin} is no http(s)://HOST[:PORT][/PREFIX]`);
    }
    this.base = (url.origin + url.pathname).replace(/\/+$/, '');
    this.#fetch = options.fetch ?? ((request) => fetch(request)); // browsers refuse a fetch of another `this`
    this.#retries = options.retries ?? 3;
    this.#maxRetryAfter = options.maxRetryAfter ?? 60;
    this.#onSession = options.onSession ?? (() => undefined);
    this.#token = options.token ?? null;
    if (options.session) {
      this.#hold(options.session);
    }
  }

  /** The token that calls carry now. */
  get token(): string | null {
    return this.#session?.tokens.access_token ?? this.#token;
  }

  /** Takes the tokens of a login. */
  adopt(tokens: Tokens): void {
    this.#hold(tokens);
    this.#onSession(tokens);
  }

  /** Forgets the tokens of a login. */
  drop(): void {
    this.#session = null;
    this.#onSession(null);
  }

  /** Exchanges the tokens of the session for new ones. */
  async refresh(): Promise<void> {
    if (!this.#session) {
      throw new Error('Osprey: there is no session to refresh');
    }
    await this.#session.renew(this.#session.tokens.access_token);
  }

  /**
   * Sends a request whose path, below the server, starts with a slash. Rejects with an
   * OspreyError for an answer of 400 and above, with what fetch rejects with when none came.
   */
  async call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(() => new Request(this.base + path, { ...init, method }));
  }

  /** Sends the request that make makes afresh for each try. */
  async send(make: () => Request): Promise<Response> {
    let renewed = false;
    for (let tries = 0; ; ) {
      // A redirect would carry the token to wherever it points.
      const request = new Request(make(), { redirect: 'error' });
      const { session, token } = this.#sign(request);
      const response = await this.#fetch(request);
      if (response.ok) {
        return response;
      }
      const refusal = await readError(response);
      if (refusal.code === Code.AuthExpired && session && token && !renewed) {
        renewed = true;
        await session.renew(token);
        continue;
      }
      const delay = this.#delay(request, refusal, tries++);
      if (delay === null) {
        throw refusal;
      }
      await sleep(delay * 1000, request.signal);
    }
  }

  /** Reads a signed link, without a token. */
  async fetchLink(link: string, init: RequestInit): Promise<Response> {
    const response = await this.#fetch(new Request(link, init));
    if (!response.ok) {
      throw await readError(response);
    }
    return response;
  }

  #sign(request: Request): { session: Session | null; token: string | null } {
    const [session, token] = [this.#session, this.token];
    if (token && !request.headers.has(tokenHeader)) {
      request.headers.set(tokenHeader, token);
    }
    return { session, token };
  }

  /** The seconds to wait before another try, null when there is none. */
  #delay(request: Request, refusal: OspreyError, tries: number): number | null {
    const harmless = request.method === 'GET' || (request.method === 'POST' && request.headers.has('Idempotency-Key'));
    const invited = (refusal.status === 429 || refusal.status === 503) && refusal.retryAfter !== null;
    if (!harmless || !invited || tries >= this.#retries || refusal.retryAfter! > this.#maxRetryAfter) {
      return null;
    }
    return refusal.retryAfter;
  }

  #hold(tokens: Tokens): void {
    const session: Session = new Session(tokens, (old) => this.#exchange(session, old));
    this.#session = session;
  }

  async #exchange(session: Session, old: Tokens): Promise<Tokens> {
    const response = await this.#fetch(new Request(`${this.base}/api/authorize/refresh/`, {
      method: 'POST', redirect: 'error', body: JSON.stringify({ expire_token: old.expire_token }),
      headers: { 'Content-Type': 'application/json', [tokenHeader]: old.access_token },
    }));
    if (!response.ok) {
      throw await readError(response);
    }
    const fresh = (await response.json()) as Tokens;
    if (this.#session === session) { // no other login or logout came between
      this.#onSession(fresh);
    }
    return fresh;
  }
}

/** Waits, or rejects with the reason of the signal. */
export function sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
