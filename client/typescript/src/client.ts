import createFetch, { type Client } from 'openapi-fetch';

import type { components, paths } from './schema.js';
import type { Tokens } from './session.js';
import { Transport, type TransportOptions } from './transport.js';
import {
  folderPayload, form, freshKey, personPayload, query,
  type CallOptions, type FolderUpload, type InstantUpload, type PersonUpload, type UploadFile,
} from './upload.js';

type Schemas = components['schemas'];

export type Folder = Schemas['Folder'];
export type Analysis = Schemas['Analysis'];

/** How long one call of waitFolder and waitAnalysis is held by the server, in seconds. */
const holdSeconds = 30;

/** One server, seen by one user. */
export class OspreyClient {
  /**
   * Every call of the API, typed by method and path:
   * `await dataOf(client.api.GET('/api/folders/{folder_id}', {params: {path: {folder_id}}}))`.
   * Refusals reject with an OspreyError.
   */
  readonly api: Client<paths>;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.api = createFetch<paths>({
      baseUrl: this.#transport.base,
      fetch: (request) => this.#transport.send(() => request.clone()),
    });
  }

  /** The token that calls carry now, null before a login. */
  get token(): string | null {
    return this.#transport.token;
  }

  /**
   * Opens a session, which is refreshed by itself when it expires. The password is not
   * kept: when the session has reached its greatest age, calls reject and a new login is due.
   */
  async login(email: string, password: string, otp?: string): Promise<Schemas['Pair']> {
    const credentials = { email, password, ...(otp !== undefined && { otp }) };
    const pair = await this.#json<Schemas['Pair']>('POST', '/api/authorize/auth/', jsonOf({ credentials }));
    this.#transport.adopt(pair satisfies Tokens);
    return pair;
  }

  /** Exchanges the tokens of the session for new ones; calls do that by themselves. */
  async refresh(): Promise<void> {
    await this.#transport.refresh();
  }

  /** Ends the session. */
  async logout(): Promise<void> {
    await this.#transport.call('POST', '/api/authorize/logout/');
    this.#transport.drop();
  }

  /** Makes a token for a service user: it does not slide and is not refreshed. It is shown here alone. */
  async createServiceToken(userId: string, name: string, lifeSeconds?: number): Promise<Schemas['NewToken']> {
    const body = { name, ...(lifeSeconds !== undefined && { expires_in: lifeSeconds }) };
    return this.#json('POST', `/api/users/${encodeURIComponent(userId)}/tokens/`, jsonOf(body));
  }

  /**
   * Makes a folder. With analyses it is a single request: it answers when they have ended,
   * or when the wait is over; waitFolder waits on.
   */
  async uploadFolder(upload: FolderUpload): Promise<Folder> {
    const path = `/api/folders/${query({ wait: upload.wait })}`;
    return this.upload<Folder>(path, upload.files, folderPayload(upload), upload);
  }

  /** Analyses media of which the server keeps nothing. */
  async instant(upload: InstantUpload): Promise<Folder> {
    const body = form(upload.files, folderPayload(upload));
    return this.#json('POST', '/api/instant/folders/', { body, ...signalOf(upload) });
  }

  /** Enrols a person in a collection. */
  async addPerson(collectionId: string, upload: PersonUpload): Promise<Schemas['NewPerson'] | Schemas['DryRun']> {
    const asked = query({ dry_run: upload.dryRun, reject_similar: upload.rejectSimilar });
    const path = `/api/collections/${encodeURIComponent(collectionId)}/persons/${asked}`;
    return this.upload(path, upload.files, personPayload(upload), upload);
  }

  /** Makes any other upload: files and a payload. */
  async upload<T>(path: string, files: UploadFile[], payload: object, options: CallOptions = {}): Promise<T> {
    const headers = { 'Idempotency-Key': options.idempotencyKey ?? freshKey() };
    return this.#json<T>('POST', path, { body: form(files, payload), headers, ...signalOf(options) });
  }

  /** Starts analyses of a folder, all or none. */
  async startAnalyses(folderId: string, analyses: Schemas['AnalysisRequest'][], options: CallOptions = {}): Promise<Analysis[]> {
    const init = jsonOf({ analyses }, { 'Idempotency-Key': options.idempotencyKey ?? freshKey() });
    return this.#json('POST', `/api/folders/${encodeURIComponent(folderId)}/analyses/`, { ...init, ...signalOf(options) });
  }

  /** Holds until no analysis of the folder is PROCESSING, or the signal ends it. */
  async waitFolder(folderId: string, options: { signal?: AbortSignal } = {}): Promise<Folder> {
    const path = `/api/folders/${encodeURIComponent(folderId)}/?wait=${holdSeconds}`;
    return this.#until<Folder>(path, options, (f) => f.resolution_status !== 'PROCESSING');
  }

  /** Holds until the analysis is FINISHED or FAILED, or the signal ends it. */
  async waitAnalysis(analysisId: string, options: { signal?: AbortSignal } = {}): Promise<Analysis> {
    const path = `/api/analyses/${encodeURIComponent(analysisId)}/?wait=${holdSeconds}`;
    return this.#until<Analysis>(path, options, (a) => a.state !== 'PROCESSING');
  }

  /**
   * Reads the bytes behind a link of an answer (original_url, preview_url, a best shot).
   * Links are signed: no token goes with them, and an old one asks for a new answer.
   */
  async download(link: string, options: { signal?: AbortSignal } = {}): Promise<Blob> {
    return (await this.#transport.fetchLink(link, signalOf(options))).blob();
  }

  async #until<T>(path: string, options: { signal?: AbortSignal }, ended: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await this.#json<T>('GET', path, signalOf(options));
      if (ended(answer)) {
        return answer;
      }
    }
  }

  async #json<T>(method: string, path: string, init: RequestInit): Promise<T> {
    return (await (await this.#transport.call(method, path, init)).json()) as T;
  }
}

function jsonOf(body: object, headers: Record<string, string> = {}): RequestInit {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
}

function signalOf({ signal }: { signal?: AbortSignal }): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** The body of an answer of client.api, which has refused by itself where there is none. */
export async function dataOf<T>(answer: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await answer).data as T;
}

/** A list as the API gives it: in an envelope, or bare where that was asked for. */
export type List<T> = { items: T[]; limit: number; offset: number; total?: number } | T[];

/** The items of a list. */
export function itemsOf<T>(list: List<T>): T[] {
  return Array.isArray(list) ? list : list.items;
}

/**
 * Walks through a list of any length, page by page. `page` asks for one; with
 * `sorting: 'time_created{asc}'` and fixed filters no object that stays is left out.
 */
export async function* walk<T>(page: (window: { limit: number; offset: number }) => Promise<List<T>>, limit = 100): AsyncGenerator<T, void, undefined> {
  for (let offset = 0; ; offset += limit) {
    const items = itemsOf(await page({ limit, offset }));
    yield* items;
    if (items.length < limit) {
      return;
    }
  }
}
