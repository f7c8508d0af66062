/** What Cloudflare's API answers when it refuses: an HTTP status and errors with its own codes. */
export interface ApiError {
  readonly code: number;
  readonly message: string;
}

export class ApiFailure extends Error {
  readonly status: number;
  readonly errors: readonly ApiError[];

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.errors = [{ code, message }];
  }
}

/** A Worker that is not there, as the calls under `/workers/scripts` say it. */
export function scriptNotFound(): ApiFailure {
  return new ApiFailure(404, 10007, 'This Worker does not exist on your account.');
}

/** What every call says whose body is not what the call takes. */
export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 10021, message);
}
