/** The platform's own classes of RPC, which workerd exports and its published types leave out. */
declare module 'cloudflare:workers' {
  /** What a call returns. */
  export class RpcPromise {}
  /** A member of a stub that was not called yet. */
  export class RpcProperty {}
  /** A service binding. */
  export class ServiceStub {}
}
