/** The symbol of explicit resource management, without that library's `Disposable`, which would change the types of users' RPC stubs. */
interface SymbolConstructor {
  readonly dispose: unique symbol;
}
