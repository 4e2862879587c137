/** The tokens that a login gives. */
export interface Tokens {
  access_token: string;
  /** For the next refresh. */
  expire_token: string;
}

/** A session that is refreshed once, however many calls find it expired at a time. */
export class Session {
  tokens: Tokens;
  readonly #exchange: (old: Tokens) => Promise<Tokens>;
  #running: Promise<void> | null = null;

  constructor(tokens: Tokens, exchange: (old: Tokens) => Promise<Tokens>) {
    this.tokens = { access_token: tokens.access_token, expire_token: tokens.expire_token };
    this.#exchange = exchange;
  }

  /** Makes sure that the access token is another than the one that was found expired. */
  renew(expired: string): Promise<void> {
    if (this.tokens.access_token !== expired) {
      return Promise.resolve();
    }
    this.#running ??= this.#exchange(this.tokens)
      .then(({ access_token, expire_token }) => {
        this.tokens = { access_token, expire_token };
      })
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }
}
