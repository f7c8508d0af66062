/** What comes of a request to the world. */

/** What the callee received. */
export interface Seen {
  readonly worker: string;
  readonly method: string;
  /** `request.url` as it came. */
  readonly url: string;
  /** What `new URL` makes of it. */
  readonly pathname: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of a request. */
export interface Outcome {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  /** The mesh's own code, where the mesh answered; `''` where somebody else did. */
  readonly code: string;
  /** Undefined where no callee received the request. */
  readonly seen: Seen | undefined;
  /** Of the answer; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of an answer that is not the callee's. */
  readonly text: string;
}
